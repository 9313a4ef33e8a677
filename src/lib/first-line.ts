/** The first line of another program's message, without its full stop, to end a sentence of ours with it. */
export function firstLine(error: unknown): string {
  const text =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  const line = text.split('\n').find((each) => each.trim() !== '') ?? 'no reason was given';
  return line.trim().replace(/[.\s]+$/, '');
}
