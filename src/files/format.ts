const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** A number of bytes for people, in decimal units: "12 bytes", "640 kB", "1.9 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let value = bytes / 1000;
  let unit = 0;
  // 999.96 would be shown as "1000", so the step to the next unit looks at the rounded value.
  while (round(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${round(value)} ${UNITS[unit]}`;
}

/** Both the rounded and the exact number, where two numbers are compared that may look the same when rounded. */
export function formatBytesExactly(bytes: number): string {
  return bytes < 1000 ? formatBytes(bytes) : `${formatBytes(bytes)} (${bytes.toLocaleString('en-US')} bytes)`;
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 10) / 10;
}
