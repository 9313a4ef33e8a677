import { InvalidArgumentError } from 'commander';
import type { AfterSending } from '../../../jobs/types';

/** `leave`, `delete`, or `move:DIR` with DIR as it was given. */
export function thenFlag(text: string): AfterSending {
  if (text === 'leave' || text === 'delete') return { do: text };
  const directory = text.startsWith('move:') ? text.slice('move:'.length) : '';
  if (directory === '') throw new InvalidArgumentError('Write leave, delete or move:DIR.');
  return { do: 'move', directory };
}
