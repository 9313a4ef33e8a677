import { z } from 'zod';
import { codesWith } from '../errors';

/** The error codes that a number of the messaging service can mean. */
const REFUSAL_MEANINGS = codesWith('asRefusal', 'possible');

const A_TABLE = 'a table of error numbers and what they mean, such as { 40377 = "TOO_LARGE" }';
/** The code of an answer, as in HTTP, or an errorCode of LivePerson. */
const NUMBER = /^(?:[45]\d\d|\d{4,9})$/;

/** `refusals` of an account. LivePerson publishes few of its numbers, so an account may get unknown numbers. */
export const refusalsSchema = z
  .record(z.string(), z.enum(REFUSAL_MEANINGS, { error: `one of ${REFUSAL_MEANINGS.join(', ')}` }), { error: A_TABLE })
  .superRefine((value, context) => {
    for (const number of Object.keys(value).filter((one) => !NUMBER.test(one))) {
      const message =
        'is not the number of a refusal: such a number is a code from 400 to 599, or an errorCode of four to nine digits';
      context.addIssue({ code: 'custom', path: [number], message });
    }
  })
  .meta({
    type: A_TABLE,
    default: '{}',
    meaning:
      "What refusals by the messaging service mean, before Ferry's own rules: an `errorCode`, or the three digits of the answer, and a code of [errors.md](errors.md). `ferry status` shows the number of a refusal.",
  });
