import type { KeepReceiptInput } from '../contract';
import type { ActivityDeps } from './deps';

/** Keeps a receipt durably on this host. A disk that hangs only holds the attempt up; DISK_FULL and TARGET_NOT_WRITABLE park. */
export async function keepReceipt({ receipts }: ActivityDeps, input: KeepReceiptInput): Promise<void> {
  await receipts.keep(input);
}
