import type { TransferEvent } from '../../../client/types';
import { formatStamp } from '../output/durations';
import type { Io } from '../io';
import type { Output } from '../output/output';
import type { Reporter } from './reporter';
import { isHeld, isTroubled, type Tracked } from './tracked';
import { movesBytes, outlookWords, percent, progressParts, reasonWords, renewalWords, stepWord } from './words';

const PROGRESS_EVERY_MS = 10_000;
/** The same reason is logged again after this time, so that an outage of a day does not flood the log. */
const SAME_REASON_EVERY_MS = 600_000;

interface Said {
  step: string | null;
  progressAtMs: number;
  reason: string | null;
  reasonAtMs: number;
}

/** Without a terminal: a line with a timestamp for each change; progress at most every 10 s. */
export function createLogReporter(io: Io, output: Output): Reporter {
  const said = new Map<string, Said>();
  const line = (label: string, text: string): void => output.note(`${formatStamp(io.now())} ${label} ${text}`);
  const memory = (id: string): Said => {
    const known = said.get(id) ?? { step: null, progressAtMs: io.now(), reason: null, reasonAtMs: 0 };
    said.set(id, known);
    return known;
  };
  return {
    event(tracked, event) {
      if (event.kind === 'end') said.delete(tracked.item.transferId);
      else report(tracked, event, memory(tracked.item.transferId), io.now(), (text) => line(tracked.item.label, text));
    },
    notice(text) {
      if (text !== null) output.note(`${formatStamp(io.now())} ${text}`);
    },
    line,
    close() {
      said.clear();
    },
  };
}

function report(tracked: Tracked, event: TransferEvent, said: Said, nowMs: number, say: (text: string) => void): void {
  const { status } = event;
  if (event.kind === 'renewal') say(renewalWords(status));
  // A transfer that only waits for its turn is not logged.
  if (isHeld(status) && !isTroubled(status) && status.state === 'waiting') return;
  if (isHeld(status)) {
    const reason = `${status.state} ${status.error?.code ?? ''} ${status.error?.message ?? ''}`;
    if (said.reason === reason && nowMs - said.reasonAtMs < SAME_REASON_EVERY_MS) return;
    said.reason = reason;
    said.reasonAtMs = nowMs;
    say(`${status.state.toUpperCase()} ${reasonWords(tracked, nowMs)} · ${outlookWords(status, nowMs)}`);
    return;
  }
  if (said.step !== status.step) {
    said.step = status.step;
    said.progressAtMs = nowMs;
    say(stepWord(status.step));
  } else if (movesBytes(status) && nowMs - said.progressAtMs >= PROGRESS_EVERY_MS) {
    said.progressAtMs = nowMs;
    say(`${stepWord(status.step)} ${percent(status)}% ${progressParts(tracked).join(' ')}`);
  }
}
