/** Changes the text of a key file. Comments and the lines of other keys stay as they are. */
import { parseSealKeys } from './keys';

/** @param seals true: the line becomes the first, so that its key seals; false: the last */
export function addKey(text: string, line: string, seals: boolean): string {
  return seals ? `${line}\n${text}` : `${text.replace(/\n*$/, '\n')}${line}\n`;
}

/** Moves a key to the first line, so that the key seals. */
export function putFirst(text: string, keyId: string): string {
  const line = text.split('\n').find((each) => keyIn(each, keyId) !== null) ?? '';
  const [, comment = ''] = /(#.*)$/.exec(line) ?? [];
  return addKey(takeOut(text, keyId), `${keyIn(line, keyId) ?? ''} ${comment}`.trimEnd(), true);
}

/** Removes a key. A line that holds no other key is removed with its comment. */
export function takeOut(text: string, keyId: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const word = keyIn(line, keyId);
    if (word === null) return [line];
    const rest = line.replace(word, '').replace(/^[\s,]+/, '');
    return /^(?:#|$)/.test(rest) ? [] : [rest];
  });
  return lines.join('\n');
}

/** The word of the line that is this key; null when there is none. */
function keyIn(line: string, keyId: string): string | null {
  const words = line.replace(/#.*$/, '').split(/[\s,]+/);
  return words.find((word) => word !== '' && parseSealKeys(word)[0]?.id === keyId) ?? null;
}
