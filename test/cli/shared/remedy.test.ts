import { errorOfJob, remedyFor, remedyForJob } from '../../../src/cli/shared/output/remedy';
import { ERROR_CODES, ERROR_TABLE, FerryError } from '../../../src/errors';

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

test('A command that is refused for a job names the commands for jobs.', () => {
  const refused = new FerryError('COMMAND_IMPOSSIBLE', 'The job is not paused.');
  expect(errorOfJob(refused, 'acme-jan-1')).toMatchObject({
    code: 'COMMAND_IMPOSSIBLE',
    remedy: 'ferry job status acme-jan-1 shows where it stands.',
  });
});

test('No remedy for a job leaves a placeholder for its id.', () => {
  const remedies = ERROR_CODES.map((code) => remedyForJob(ERROR_TABLE[code].remedy, 'acme-jan-1'));
  expect(remedies.filter((remedy) => / JOB\b|ferry (?:retry|cancel|status) ID\b/.test(remedy))).toEqual([]);
});
