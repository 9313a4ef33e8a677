import { ASKED, askedOf, type Asked } from '../contract';
import { FerryError } from '../errors';
import { thisPerson } from '../lib/this-person';

/**
 * What the caller gives with a request, and who asks: the given name, else `user@host`.
 *
 * @throws {FerryError} USAGE for a text that is too long or empty
 */
export function askedBy(given: Asked): Asked & { readonly by: string } {
  for (const [name, longest] of Object.entries(ASKED)) check(name, given[name as keyof Asked], longest);
  return { by: thisPerson(), ...askedOf(given) };
}

function check(name: string, text: string | undefined, longest: number): void {
  if (text === undefined) return;
  if (text.trim() === '') throw new FerryError('USAGE', `The text for ${name} is empty.`);
  const { length } = Array.from(text);
  if (length <= longest) return;
  const most = longest.toLocaleString('en-US');
  throw new FerryError('USAGE', `The text for ${name} has ${length} characters; at most ${most} are allowed.`);
}
