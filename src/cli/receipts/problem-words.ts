import type { Problem } from '../../evidence';

/** `Lines 4 to 6 of receipts/2026-11.jsonl were changed (numbers 4 to 6 of its chain).` */
export function problemWords({ kind, file, lines, numbers }: Problem): string {
  const where = `${lines[0] === lines[1] ? `Line ${lines[0]}` : `Lines ${lines[0]} to ${lines[1]}`} of ${file}`;
  const isOne = lines[0] === lines[1];
  const known = numbers === null ? '' : ` (${numberWords(numbers)} of its chain)`;
  switch (kind) {
    case 'changed':
      return `${where} ${isOne ? 'was' : 'were'} changed${known}.`;
    case 'foreign':
      return `${where} ${isOne ? 'is not a part' : 'are not parts'} of its chain: put in, copied or moved.`;
    case 'missing':
      return `Between lines ${lines[0]} and ${lines[1]} of ${file} lines are missing${known}.`;
    case 'cut':
      return `The end of ${file} was cut off after line ${lines[1]}${known}.`;
    case 'unknown-key':
      return `${where} cannot be checked: audit.key does not have the key of ${isOne ? 'this line' : 'these lines'}${known}.`;
  }
}

function numberWords([first, last]: readonly [number, number]): string {
  return first === last ? `number ${first}` : `numbers ${first} to ${last}`;
}
