import type { JobStatus } from '../../../client/types';
import type { CommandEnvironment } from '../../shared/command';
import { isTerminal } from '../../shared/io';
import { formatStamp } from '../../shared/output/durations';
import { createScreen } from '../../shared/output/screen';
import { count, cut } from '../../shared/output/text';
import { countsWords, paceWords, percentSettled, percentWords, reasonLines, slowestWords, troubleWords } from './words';

const REDRAW_MS = 250;
const LOG_EVERY_MS = 10_000;
const BAR_WIDTH = 24;

/** Shows a job while it is followed. */
export interface JobReporter {
  show(status: JobStatus): void;
  /** Shows why nothing moves, until it is called with null. */
  notice(text: string | null): void;
  close(): void;
}

/**
 * Draws the screen of a terminal. Without a terminal, prints a line every ten seconds and at each change of state by a
 * person or by the end of the job.
 */
export function createJobReporter(environment: CommandEnvironment, later: string): JobReporter {
  const { io } = environment;
  return isTerminal(io.stderr, io.env) ? screenReporter(environment, later) : logReporter(environment);
}

function screenReporter({ io, output, flags }: CommandEnvironment, later: string): JobReporter {
  const screen = createScreen(io.stderr);
  const { err: style } = output;
  let last: JobStatus | null = null;
  let notice: string | null = null;
  const draw = (): void => {
    if (last === null) return;
    const lines = [...(notice === null ? [] : [notice]), ...screenLines(last, io.now(), flags)];
    const tail = style.dim(cut(`Ctrl-C is safe; later: ${later}`, screen.columns - 1));
    screen.draw([...lines.slice(0, screen.rows - 3).map((line) => cut(line, screen.columns - 1)), tail]);
  };
  output.setOverlay({ hide: () => screen.hide(), show: draw });
  const timer = setInterval(draw, REDRAW_MS);
  return {
    show(status) {
      last = status;
      draw();
    },
    notice(text) {
      notice = text;
      draw();
    },
    close() {
      clearInterval(timer);
      output.setOverlay(null);
      screen.close();
    },
  };
}

function screenLines(status: JobStatus, nowMs: number, flags: CommandEnvironment['flags']): readonly string[] {
  const percent = percentSettled(status);
  const full = Math.round((percent * BAR_WIDTH) / 100);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  const pass = status.pass > 1 ? `  pass ${status.pass}` : '';
  const lines = status.lines.toLocaleString('en-US');
  return [
    `${status.jobId}  ${status.state.toUpperCase()}${pass}  ${percentWords(status)} ${bar} of ${lines} files`,
    countsWords(status),
    `${paceWords(status)} · ${count(status.lanes, 'lane')}`,
    ...[slowestWords(status, nowMs), troubleWords(status, flags)].filter((line) => line !== null),
    ...reasonLines(status, flags),
  ];
}

function logReporter({ io, output, flags }: CommandEnvironment): JobReporter {
  let saidAtMs = -Infinity;
  let said: string | null = null;
  return {
    show(status) {
      const trouble = troubleWords(status, flags);
      // Pages wait and go on by themselves many times a minute, so these changes are not printed.
      const news = status.state === 'waiting' ? 'running' : status.state;
      if (news === said && io.now() - saidAtMs < LOG_EVERY_MS) return;
      said = news;
      saidAtMs = io.now();
      const state = status.state === 'running' ? '' : ` ${status.state.toUpperCase()}`;
      const words = [countsWords(status), paceWords(status), ...(trouble === null ? [] : [trouble])].join(' · ');
      output.note(`${formatStamp(io.now())} ${status.jobId}${state} ${words}`);
    },
    notice(text) {
      if (text !== null) output.note(`${formatStamp(io.now())} ${text}`);
    },
    close: () => undefined,
  };
}
