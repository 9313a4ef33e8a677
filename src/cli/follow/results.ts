/** How the end of a transfer is told: one document for scripts, one line for people. */
import type { TransferOutcome } from '../../client/types';
import type { Receipt } from '../../workflows/contract';
import type { CommandEnvironment } from '../command';
import { receiptDocument } from '../documents';
import { EXIT, type ExitCode } from '../exit-codes';
import { nameCell } from './rows';
import type { FollowItem } from './tracked';
import { doneWords, repeatedWords } from './words';

export interface ResultTexts {
  readonly nameWidth: number;
  /** Leave out people's line of what went well: thousands of them help nobody. */
  readonly quiet?: boolean;
}

export function tellOutcome(
  environment: CommandEnvironment,
  item: FollowItem,
  outcome: TransferOutcome,
  texts: ResultTexts,
): ExitCode {
  const { output } = environment;
  if (outcome.state === 'done' && outcome.receipt !== null) {
    tellReceipt(environment, item, outcome.receipt, texts);
    return EXIT.done;
  }
  const owner = { transferId: item.transferId, source: item.source };
  output.error(outcome.error ?? missingResult(item), owner);
  if (outcome.receipt !== null && outcome.receipt.sequence !== null) {
    output.note(
      `${nameCell(item.label, texts.nameWidth)}  its message was published before (${doneWords(outcome.receipt)})`,
    );
  }
  return EXIT.failed;
}

function missingResult(item: FollowItem): { code: 'INTERNAL'; message: string } {
  return { code: 'INTERNAL', message: `Transfer ${item.transferId} ended without a receipt and without a reason.` };
}

function tellReceipt({ io, output }: CommandEnvironment, item: FollowItem, receipt: Receipt, texts: ResultTexts): void {
  output.document(receiptDocument(receipt, item.repeated));
  if (texts.quiet === true) return;
  const repeated = item.repeated || receipt.repeated;
  const name = nameCell(item.label, texts.nameWidth);
  const { good, dim } = output.out;
  if (!repeated) output.answer(`${name}  ${good('done')}     ${doneWords(receipt)}     ${dim(item.transferId)}`);
  else output.answer(`${name}  ${repeatedWords(receipt, io.now())}`);
}
