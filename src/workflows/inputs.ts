/**
 * Checks of what a workflow receives. Anybody who reaches Temporal can start a workflow, signal it, or answer for an
 * activity. Where payloads are sealed, a value that Ferry did not seal for its place arrives as something else. An
 * unforeseen value would cause a TypeError, which fails the workflow task forever. So every value is checked before
 * use.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { isAddressedTo, RESULT_SHAPES, WORKFLOW, type ActivityName, type Shape } from '../contract';
import type { ErrorCode } from '../errors/table';

const REFUSED: ErrorCode = 'INPUT_REFUSED';

const STARTS: Readonly<Record<string, Shape>> = {
  [WORKFLOW.transfer]: {
    transferId: 'text',
    account: 'text',
    consumer: 'text',
    host: 'text',
    source: 'object',
    caption: 'text',
    conversationId: 'text or null',
    fetchTo: 'text or null',
    verify: 'truth',
    deadlineMs: 'number',
  },
  [WORKFLOW.fetch]: {
    transferId: 'text',
    account: 'text',
    consumer: 'text',
    host: 'text',
    relativePath: 'text',
    target: 'text',
    expected: 'object or null',
    of: 'object or null',
    deadlineMs: 'number',
  },
  [WORKFLOW.job]: {
    jobId: 'text',
    name: 'text',
    account: 'text',
    host: 'text',
    hosts: 'list',
    lines: 'number',
    bytesTotal: 'number',
    lanes: 'number',
    ordered: 'truth',
    verify: 'truth',
    deadlineMs: 'number',
  },
  [WORKFLOW.limits]: { account: 'text', state: 'object or null' },
  [WORKFLOW.notices]: { destination: 'text' },
  [WORKFLOW.consumer]: {
    account: 'text',
    consumer: 'text',
    token: 'object or null',
    conversation: 'object or null',
  },
};

/** The input of a workflow of this type. Anything else ends the workflow: INPUT_REFUSED. */
export function checkedStart<Input extends object>(workflow: string, given: Input): Input {
  if (isAddressedTo(workflow, given) && hasShape(given, STARTS[workflow] ?? {})) return given;
  throw refused(`The workflow ${workflow} was started with an input that this Ferry did not make for it.`);
}

/** For validators of updates: refuses one that was not made for the update of this name. */
export function checkAddressed(name: string, given: unknown): void {
  if (!isAddressedTo(name, given))
    throw refused(`The update ${name} came with an input that this Ferry did not make for it.`);
}

/** The result of an activity. INPUT_REFUSED, as a failure for good, when no worker of this Ferry can have given it. */
export function checkedResult(activity: ActivityName, result: unknown): unknown {
  const shape = RESULT_SHAPES[activity];
  const isAbsent = activity === 'publish' && result === null;
  if (shape === null || isAbsent || hasShape(result, shape)) return result;
  throw refused(`The step ${activity} got an answer that no worker of this Ferry gave.`);
}

function hasShape(value: unknown, shape: Shape): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, kind]) => {
    const found = fields[name];
    return found === null || found === undefined ? kind.endsWith(' or null') : is(found, kind.split(' ')[0]);
  });
}

function is(value: unknown, kind: string | undefined): boolean {
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'truth') return typeof value === 'boolean';
  if (kind === 'list') return Array.isArray(value);
  return typeof value === kind;
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, REFUSED);
}
