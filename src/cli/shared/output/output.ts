import { FerryError, type ErrorCode } from '../../../errors';
import { ERROR_TABLE } from '../../../errors/table';
import { safeJson } from '../../../lib/safe-json';
import type { Io } from '../io';
import { styleFor, type Style } from './style';
import { remedyFor } from './remedy';
import { safe } from './text';

/** The transfer or the file that an error is about, if it is about one. */
export interface ErrorOwner {
  readonly transferId?: string;
  readonly source?: string;
}

export interface ErrorText {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
}

/** A drawing on the last lines of the terminal, which is hidden while a line is written. */
export interface Overlay {
  hide(): void;
  show(): void;
}

/**
 * The output of a command. With `--json`, stdout has one JSON document a line and nothing else, and text for people
 * goes to stderr. Without `--json`, the answer goes to stdout and all notes to stderr.
 */
export interface Output {
  readonly json: boolean;
  readonly out: Style;
  readonly err: Style;
  /** Writes a document to stdout, with `--json` only. */
  document(document: object): void;
  /** The answer for people: stdout, or stderr with `--json`. */
  answer(text: string): void;
  /** A note, always on stderr. */
  note(text: string): void;
  /** One error: a document with `--json`, and a sentence for people either way. */
  error(error: ErrorText, owner?: ErrorOwner): void;
  setOverlay(overlay: Overlay | null): void;
}

export function createOutput(io: Io, json: boolean): Output {
  let overlay: Overlay | null = null;
  const err = styleFor(io.stderr, io.env);
  const write = (to: 'stdout' | 'stderr', text: string): void => {
    overlay?.hide();
    io[to].write(`${text}\n`);
    overlay?.show();
  };
  return {
    json,
    out: json ? err : styleFor(io.stdout, io.env),
    err,
    document: (document) => json && write('stdout', safeJson(document)),
    answer: (text) => write(json ? 'stderr' : 'stdout', text),
    note: (text) => write('stderr', text),
    error(error, owner = {}) {
      if (json) write('stdout', safeJson(errorDocument(error, owner)));
      write('stderr', errorLines(error, owner, err));
    },
    setOverlay(next) {
      overlay = next;
    },
  };
}

/** `{"type":"error","v":1,"error":{"code","message","remedy","transferId"?,"source"?}}` */
export function errorDocument(error: ErrorText, owner: ErrorOwner = {}): object {
  const { code, message } = error;
  return { type: 'error', v: 1, error: { code, message, remedy: remedyOf(error, owner), ...owner } };
}

function remedyOf({ code, remedy }: ErrorText, { transferId }: ErrorOwner): string {
  return remedyFor(remedy ?? ERROR_TABLE[code].remedy, transferId);
}

function errorLines(error: ErrorText, owner: ErrorOwner, style: Style): string {
  const { message } = error;
  const remedy = remedyOf(error, owner);
  const named = owner.source !== undefined && !message.includes(owner.source) ? `${owner.source}: ` : '';
  // Only a configuration has several faults in one error, a line each; elsewhere a line break is part of a hostile
  // name.
  const lines = error.code === 'CONFIG_INVALID' ? message.split('\n') : [message];
  const first = `${style.bad('ferry:')} ${safe(named)}${lines.map(safe).join('\n       ')}`;
  return `${first} ${safe(remedy)} ${style.dim(`[${error.code}]`)}`;
}

/** A fault in the command line itself: exit 2. */
export function usageError(message: string): FerryError {
  return new FerryError('USAGE', message);
}
