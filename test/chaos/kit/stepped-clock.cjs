'use strict';
// Preloaded into the sandbox's process: its clock runs ahead of or behind the machine's by the milliseconds that a file
// holds. Timers do not move, as with a real step of a clock.
const { readFileSync } = require('node:fs');

const file = process.env['CHAOS_CLOCK_FILE'];
const RealDate = Date;
const LOOK_EVERY_MS = 50;
let offsetMs = 0;
let lookedAt = -Infinity;

function now() {
  const at = RealDate.now();
  if (Math.abs(at - lookedAt) >= LOOK_EVERY_MS) {
    lookedAt = at;
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      offsetMs = 0;
    }
  }
  return at + offsetMs;
}

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }
  static now() {
    return now();
  }
};
