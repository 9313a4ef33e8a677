// C1 controls, bidirectional marks, overrides and isolates, line and paragraph separators. JSON.stringify escapes C0 only.
const STEERING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * JSON without characters that control a terminal or reorder a line, because file names are untrusted. A parser gets
 * the original text.
 */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(STEERING, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
