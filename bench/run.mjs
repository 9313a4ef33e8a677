// `npm run bench`: what Ferry costs on this machine. Ratios are taken within one run, since machines differ and are noisy.
// Prints one JSON line a figure and a table at the end; bench/README.md keeps what was measured and when.
import { benchCodec } from './codec.mjs';
import { benchFence } from './fence.mjs';
import { benchHelp } from './help.mjs';
import { benchLedger } from './ledger.mjs';
import { benchMessaging } from './messaging.mjs';
import { benchPages } from './pages.mjs';
import { benchRecovery } from './recovery.mjs';
import { benchStarts } from './starts.mjs';
import { benchSteering } from './steering.mjs';
import { benchThroughput } from './throughput.mjs';
import { benchUp } from './up.mjs';
import { benchMemory } from './memory.mjs';

const all = {
  help: benchHelp,
  starts: benchStarts,
  up: benchUp,
  throughput: benchThroughput,
  memory: benchMemory,
  messaging: benchMessaging,
  ledger: benchLedger,
  pages: benchPages,
  steering: benchSteering,
  fence: benchFence,
  codec: benchCodec,
  recovery: benchRecovery,
};
const chosen = process.argv.slice(2);
const rows = [];
for (const [name, bench] of Object.entries(all)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const row of await bench()) {
    console.log(JSON.stringify(row));
    rows.push(row);
  }
}
console.table(Object.fromEntries(rows.map(({ what, ...figures }) => [what, figures])));
