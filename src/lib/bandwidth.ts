/** Amounts of bytes and timetables, written as rclone writes them (`--bwlimit`). */

const UNITS = { B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MINUTES_PER_DAY = 24 * 60;

/**
 * Bytes for a text such as `512K`, `10M` or `1.5G` (units of 1024), and Infinity for `off`. Null for any other
 * text. Unlike rclone, a number without a unit is refused: there it means KiB.
 */
export function parseBytes(text: string): number | null {
  if (text.toLowerCase() === 'off') return Infinity;
  const found = /^(\d+(?:\.\d+)?)([BKMG])$/i.exec(text);
  if (found === null) return null;
  const bytes = Math.round(Number(found[1]) * UNITS[(found[2] ?? '').toUpperCase() as keyof typeof UNITS]);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** From this minute of the week on (Sunday 00:00 is 0), in local time, this many bytes a second. */
export interface TimetableEntry {
  readonly minute: number;
  readonly bytesPerSecond: number;
}

/** Entries such as `08:00,2M 19:00,20M` or `Mon-08:00,2M`, in the order of the week. Null for any other text. */
export function parseTimetable(text: string): readonly TimetableEntry[] | null {
  const entries: TimetableEntry[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const found = /^(?:([A-Z][a-z]{2})-)?([01]\d|2[0-3]):([0-5]\d),(\S+)$/.exec(word);
    const bytesPerSecond = found === null ? null : parseBytes(found[4] ?? '');
    if (found === null || bytesPerSecond === null) return null;
    const days = found[1] === undefined ? DAYS.map((_, day) => day) : [(DAYS as readonly string[]).indexOf(found[1])];
    if (days.includes(-1)) return null;
    const minuteOfDay = Number(found[2]) * 60 + Number(found[3]);
    entries.push(...days.map((day) => ({ minute: day * MINUTES_PER_DAY + minuteOfDay, bytesPerSecond })));
  }
  return entries.toSorted((one, other) => one.minute - other.minute);
}

/** The bytes a second that hold at this time: those of the last entry before it, which may be of the week before. */
export function bytesPerSecondAt(entries: readonly TimetableEntry[], at: Date): number {
  const minute = at.getDay() * MINUTES_PER_DAY + at.getHours() * 60 + at.getMinutes();
  const last = entries.findLast((entry) => entry.minute <= minute) ?? entries.at(-1);
  return last?.bytesPerSecond ?? Infinity;
}
