import { remedyFor } from '../../../src/cli/shared/output/remedy';
import { ERROR_CODES, ERROR_TABLE } from '../../../src/errors';

test('A remedy names its transfer.', () => {
  expect(remedyFor('Make room, then ferry retry ID.', 'acme-plan-7kq2')).toBe(
    'Make room, then ferry retry acme-plan-7kq2.',
  );
});

test('A command that was refused before a transfer began is repeated, because there is no id to retry.', () => {
  expect(remedyFor('Make room, then ferry retry ID.', undefined)).toBe('Make room, then repeat the command.');
});

test('The remedy of a refused command never tells to retry an id.', () => {
  const refused = ERROR_CODES.filter((code) => ERROR_TABLE[code].commandEnds === 'usage');
  const remedies = refused.map((code) => remedyFor(ERROR_TABLE[code].remedy, undefined));
  expect(remedies.filter((remedy) => remedy.includes('retry ID'))).toEqual([]);
});
