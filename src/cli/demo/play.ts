/** Prints the demo. */
import type { TransferEvent, TransferStatus } from '../../client/types';
import { STEPS, STEP_WORDS, type Receipt } from '../../contract';
import { formatBytes, formatRate } from '../../lib/bytes';
import { formatDuration } from '../shared/output/durations';
import { movesBytes, percent, renewalWords, stepWord } from '../shared/follow/words';
import { createRateMeter } from '../shared/follow/rate-meter';
import type { CommandEnvironment } from '../shared/command';
import { pad, safe } from '../shared/output/text';

export interface Play {
  heading(text: string): void;
  say(text: string): void;
  /** Tells one event of a transfer, and the steps before it that were too quick to be seen. */
  event(event: TransferEvent): void;
}

export function createPlay({ io, output }: CommandEnvironment): Play {
  const { out } = output;
  let told = 0;
  let since = io.now();
  const rate = createRateMeter();
  const step = (text: string, note: string): void => {
    output.answer(`  ${out.good('✓')} ${pad(text, 14)} ${note} ${out.dim(`+${formatDuration(io.now() - since)}`)}`);
  };
  const tellUpTo = (index: number): void => {
    for (; told < index; told += 1) {
      const name = STEPS[told];
      if (name !== undefined) step(stepWord(name), STEP_WORDS[name].achieved);
    }
  };
  return {
    heading(text) {
      told = 0;
      since = io.now();
      rate.reset();
      output.answer(`\n${out.strong(text)}`);
    },
    say: (text) => output.answer(`  ${text}`),
    event({ kind, status }) {
      tellUpTo(kind === 'end' && status.state === 'done' ? STEPS.length : STEPS.indexOf(status.step));
      if (kind === 'renewal') output.answer(`  ${out.warn('~')} ${pad('renewal', 14)} ${renewalWords(status)}`);
      if (kind === 'retry' && status.error !== null) {
        output.answer(`  ${out.warn('!')} ${pad('waiting', 14)} ${safe(status.error.message)}`);
      }
      if (kind !== 'progress' || !movesBytes(status) || status.bytesDone === 0) return;
      rate.add(io.now(), status.bytesDone);
      output.answer(`    ${progressText(status, rate.bytesPerSecond())}`);
    },
  };
}

function progressText(status: TransferStatus, bytesPerSecond: number | null): string {
  const done = percent(status);
  const full = Math.round(done / 5);
  const speed = bytesPerSecond === null || bytesPerSecond <= 0 ? '' : `  ${formatRate(bytesPerSecond)}`;
  return `${pad(stepWord(status.step), 14)} ${pad(`${done}%`, 4, 'right')} ${'█'.repeat(full)}${'░'.repeat(20 - full)}${speed}`;
}

export function receiptLines(receipt: Receipt): string[] {
  const rows: [string, string][] = [
    ['transfer', receipt.transferId],
    ['message', `${receipt.sequence ?? '?'} in conversation ${receipt.conversationId ?? '?'}`],
    ['file', `${receipt.fileType}, ${formatBytes(receipt.sizeBytes)}`],
    ['md5', receipt.md5],
    ['links renewed', String(receipt.urlRenewals)],
    ['bytes sent', formatBytes(receipt.bytesSent)],
  ];
  return ['receipt', ...rows.map(([name, text]) => `  ${pad(name, 14)} ${text}`)];
}
