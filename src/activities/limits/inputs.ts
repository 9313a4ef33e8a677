/** What the activities of a lease accept. */
import { z } from 'zod';
import type { LeaseInput, LimitGrant, SetShareInput } from '../../contract';
import * as bound from '../bounds';

const places = z.object({ requests: bound.amount, transfers: bound.amount });
const limitGrant = bound.record<LimitGrant>({
  version: bound.number,
  share: z.object({ requests: bound.amount.nullable(), transfers: bound.amount.nullable() }),
  fallback: places,
  requestsPerSecond: bound.number.min(0).nullable(),
  bytesPart: bound.number.min(0).max(1),
  bytesPerSecond: bound.number.min(0).nullable(),
  timetable: bound.text.nullable(),
  heldUntil: bound.number,
  neighbours: z
    .array(z.object({ workerId: bound.id, pid: bound.number, startTime: bound.id, world: bound.id }))
    .optional(),
});

export const holdLeaseInput = bound.record<LeaseInput>({
  account: bound.account,
  workerId: bound.id,
  since: bound.number,
});
export const setShareInput = bound.record<SetShareInput>({
  account: bound.account,
  workerId: bound.id,
  grant: limitGrant,
});
