import { LONGEST_BY, LONGEST_WHY, type Asked } from '../contract';
import { FerryError } from '../errors';
import { thisPerson } from '../lib/this-person';

/**
 * Adds who asks to a request: the given name, else `user@host`.
 *
 * @throws {FerryError} USAGE for a text that is too long or empty
 */
export function askedBy({ by = thisPerson(), why }: Asked): Asked & { readonly by: string } {
  check('by', by, LONGEST_BY);
  if (why === undefined) return { by };
  check('why', why, LONGEST_WHY);
  return { by, why };
}

function check(name: keyof Asked, text: string, longest: number): void {
  if (text.trim() === '') throw new FerryError('USAGE', `The text for ${name} is empty.`);
  const { length } = Array.from(text);
  if (length <= longest) return;
  const most = longest.toLocaleString('en-US');
  throw new FerryError('USAGE', `The text for ${name} has ${length} characters; at most ${most} are allowed.`);
}
