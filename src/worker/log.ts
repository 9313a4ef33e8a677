import pino, { type Logger } from 'pino';
import { redact } from '../secrets';

/** Structured, one JSON document a line, every text redacted: a log must be safe to send to a stranger. */
export function createLog(destination: NodeJS.WritableStream, level = 'info'): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (facts) => redactAll(facts) as Record<string, unknown> },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((arg: unknown) => (typeof arg === 'string' ? redact(arg) : arg)) as typeof args);
        },
      },
    },
    destination as pino.DestinationStream,
  );
}

const DEEPEST = 6;

function redactAll(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error)
    return { type: value.name, message: redact(value.message), stack: redact(value.stack ?? '') };
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  // Longer texts are cut, because text that was not searched for secrets must not be written.
  if (depth > DEEPEST) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactAll(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactAll(item, depth + 1)]));
}
