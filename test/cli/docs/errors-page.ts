/** `docs/errors.md`, made from the error table; a test holds the file to it. */
import { ERROR_CODES, ERROR_TABLE, type Disposition, type ErrorCode } from '../../../src/errors';
import { exitOf } from '../../../src/cli/shared/exit-codes';

const HEAD = `# Errors

Every way in which Ferry can refuse, wait or fail. The code stands in receipts, in \`--json\` documents, in Temporal's
failure types and behind people's messages; match on it, never on the message. \`ferry explain CODE\` prints a row.

<!-- Made from src/errors/table.ts. To make it anew: UPDATE_DOCS=1 npx jest test/cli/docs -->

What Ferry does:

- **retry**: tries the step again with growing pauses, without end; an outage heals by itself
- **renew**: asks for a fresh link or token and goes on; no attempt is counted as failed
- **wait**: waits for something that others provide (a worker, a key, a server), and goes on by itself
- **park**: only a person can mend it; the transfer waits (exit 3), and \`ferry retry\` goes on where it stood
- **fail**: can never succeed as asked

Where a row has a sentence for jobs, \`ferry job retry\` does not help a line that failed with the code.

The exit code is that of a command which ends with the error; a transfer that has failed always gives 3.
`;

const ORDER: readonly Disposition[] = ['retry', 'renew', 'wait', 'park', 'fail'];

export function errorsPage(): string {
  const sections = ORDER.map((does) => {
    const codes = ERROR_CODES.filter((code) => ERROR_TABLE[code].does === does);
    return `## ${does}\n\n${codes.map(entry).join('\n\n')}\n`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

// Headings and not a table: they can be linked to, and long sentences stay readable.
function entry(code: ErrorCode): string {
  const { meaning, remedy, lineRemedy } = ERROR_TABLE[code];
  const inJob = lineRemedy === undefined ? '' : `\n\nIn a job: ${lineRemedy}`;
  return `### ${code}\n\n${meaning}\n\nYou: ${remedy} (exit ${exitOf(code)})${inJob}`;
}
