// `node bench/limits/run.mjs TRIAL... [--transfers N] [--delay MS] [--seed S] [--seconds S] [--sends N] [--no-limits] [--job]`: whether the
// limits of an account hold over four workers of two hosts. Each trial has a Temporal, a sandbox and workers of its own,
// on free ports, and removes them. Prints one JSON line a trial; progress goes to stderr. bench/README.md keeps what was seen.
import { parseArgs } from 'node:util';
import { bytes, change, closeAll, idle, kills, renew, single, steady, throttled } from './trials.mjs';

const trials = { steady, kills, change, throttled, bytes, renew, idle, single };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    transfers: { type: 'string', default: '200' },
    delay: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    sends: { type: 'string' },
    trace: { type: 'string' },
    'no-limits': { type: 'boolean', default: false },
    job: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !(name in trials));
if (positionals.length === 0 || unknown.length > 0) {
  console.error(`Trials: ${Object.keys(trials).join(', ')}`);
  process.exit(2);
}
const begun = performance.now();
const say = (text) => console.error(`${((performance.now() - begun) / 1000).toFixed(1)} ${text}`);
const options = {
  transfers: Number(values.transfers),
  delay: Number(values.delay),
  seed: Number(values.seed),
  trace: values.trace,
  limited: !values['no-limits'],
  asJob: values.job,
  say,
  ...(values.seconds === undefined ? {} : { seconds: Number(values.seconds) }),
  ...(values.sends === undefined ? {} : { sends: Number(values.sends) }),
};
let isInterrupted = false;
const end = () => {
  isInterrupted = true;
  void closeAll().finally(() => process.exit(130));
};
process.once('SIGINT', end).once('SIGTERM', end);
// What the cleanup ends under the feet of a trial is not the trial's fault.
process.on('unhandledRejection', (error) => {
  if (!isInterrupted) throw error;
});
try {
  for (const name of positionals) {
    say(name);
    console.log(JSON.stringify({ trial: name, transfers: options.transfers, ...(await trials[name](options)) }));
  }
} catch (error) {
  if (!isInterrupted) throw error;
}
