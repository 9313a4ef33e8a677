import { z } from 'zod';
import { parseBytes, parseTimetable } from '../lib/bandwidth';
import { table, whole, type KeyDoc } from './schema-fields';

const A_NUMBER_OF_PLACES = 'a whole number from 1 to 1000, without quotes';
const A_RATE = 'a number above 0, without quotes';
const AN_AMOUNT = 'an amount with its unit (B, K, M, G) in quotes, such as "10M", or "off"';
const A_TIMETABLE = 'times with amounts in quotes, such as "08:00,2M 19:00,20M" or "Mon-08:00,2M Sat-00:00,off"';

function places(meaning: string) {
  return whole({ type: A_NUMBER_OF_PLACES, meaning }, 1000);
}

function checkedText(doc: KeyDoc, isGood: (text: string) => boolean) {
  return z
    .string({ error: doc.type })
    .refine(isGood, { error: `must be ${doc.type}` })
    .meta({ ...doc });
}

/** `limits` of an account. */
export const limitsSchema = table(
  'Limits that hold for all workers of all hosts together. Without the table nothing is limited and nothing is asked of Temporal. `ferry limit` changes them live.',
  {
    requests: places('Login, sign-up and socket requests under way at once.').optional(),
    transfers: places('Requests to storage (PUT, GET, HEAD) under way at once.').optional(),
    requestsPerSecond: z
      .number({ error: A_RATE })
      .positive({ error: A_RATE })
      .meta({ type: A_RATE, meaning: 'Login, sign-up and socket requests a second.' })
      .optional(),
    bytesPerSecond: checkedText(
      { type: AN_AMOUNT, meaning: 'Bytes of files a second, up and down together.' },
      (text) => parseBytes(text) !== null,
    ).optional(),
    timetable: checkedText(
      {
        type: A_TIMETABLE,
        meaning:
          "Bytes of files a second by the time of the day (and day of the week), by the clock of the worker's host. With `bytesPerSecond` the lower of both holds.",
      },
      (text) => parseTimetable(text) !== null,
    ).optional(),
  },
);
