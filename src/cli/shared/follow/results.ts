/** Prints the end of a transfer: one document for scripts, one line for people. */
import type { TransferOutcome } from '../../../client/types';
import { ERROR_TABLE } from '../../../errors/table';
import type { Receipt } from '../../../contract';
import type { CommandEnvironment } from '../command';
import { receiptDocument } from '../output/documents';
import { EXIT, type ExitCode } from '../exit-codes';
import { columnsOf, type Sink } from '../io';
import { pad, safe, textWidth } from '../output/text';
import { nameCell, nameWidthFor } from './rows';
import type { FollowItem } from './tracked';
import { doneWords, repeatedWords } from './words';

export interface ResultTexts {
  /** Columns of the widest label. */
  readonly widest: number;
  /** Leave out the lines of successful transfers, because nobody reads thousands of lines. */
  readonly quiet?: boolean;
}

export function tellOutcome(
  environment: CommandEnvironment,
  item: FollowItem,
  outcome: TransferOutcome,
  texts: ResultTexts,
): ExitCode {
  const { io, output } = environment;
  if (outcome.state === 'done' && outcome.receipt !== null) {
    tellReceipt(environment, item, outcome.receipt, texts);
    return EXIT.done;
  }
  const owner = { transferId: item.transferId, source: item.source };
  output.error(outcome.error ?? missingResult(item), owner);
  if (outcome.receipt === null && outcome.error !== null && ERROR_TABLE[outcome.error.code].does === 'park') {
    output.note(`${resultName(io.stderr, item.label, texts.widest)}  parked: ferry retry ${item.transferId}`);
  }
  if (outcome.receipt !== null && outcome.receipt.sequence !== null) {
    output.note(
      `${resultName(io.stderr, item.label, texts.widest)}  its message was published before (${doneWords(outcome.receipt)})`,
    );
  }
  return EXIT.failed;
}

/** On a terminal as wide as the rows' names; elsewhere complete, because people search a log by name. */
export function resultName(sink: Sink, label: string, widest: number): string {
  const columns = columnsOf(sink);
  return Number.isFinite(columns) ? nameCell(label, nameWidthFor(widest, columns)) : pad(label, Math.min(widest, 40));
}

function missingResult(item: FollowItem): { code: 'INTERNAL'; message: string } {
  return { code: 'INTERNAL', message: `Transfer ${item.transferId} ended without a receipt and without a reason.` };
}

function tellReceipt({ io, output }: CommandEnvironment, item: FollowItem, receipt: Receipt, texts: ResultTexts): void {
  output.document(receiptDocument(receipt, item.repeated));
  if (texts.quiet === true) return;
  const repeated = item.repeated || receipt.repeated;
  const name = resultName(io.stdout, item.label, texts.widest);
  const { good, dim } = output.out;
  if (repeated) {
    const fetched = receipt.fetchedTo === null ? '' : ` · fetched to ${safe(receipt.fetchedTo)}`;
    output.answer(`${name}  ${repeatedWords(receipt, io.now())}${fetched}`);
    return;
  }
  const words = doneWords(receipt);
  const fits = textWidth(name) + textWidth(words) + item.transferId.length + 16 <= columnsOf(io.stdout);
  output.answer(`${name}  ${good('done')}     ${words}${fits ? `     ${dim(item.transferId)}` : ''}`);
}
