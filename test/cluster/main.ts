import { parseArgs } from 'node:util';
import { findOrFetchTemporal } from '../../src/engine';
import { report } from '../chaos/kit/report';
import { runChaos } from '../chaos/kit/run';
import { testCacheDir } from '../support/temporal';
import { clusterPlace, openCluster, type Cluster } from './cluster';
import { isSuite, SUITES } from './drill-end-to-end';
import { DRILLS, isDrill, type DrillOptions } from './drills';
import { findClusterPrograms } from './programs';
import { FROZEN_SINCE } from './release';

const USAGE = `npm run test:cluster [-- DRILL...] [--transfers N] [--minutes M] [--seed S] [--from TAG] [--lines N]
                              [--suites A,B]

Builds Temporal's server once, then starts PostgreSQL, two Temporal servers with mTLS, a sandbox and workers, runs the
drills in turn, and ends everything. Needs Go, PostgreSQL and openssl. Exit code 0: every drill went well.

drills: chaos (the storm of npm run chaos, with kill -9 of PostgreSQL and of a Temporal server), ${Object.keys(DRILLS).join(', ')}
default: all of them
--from: the version from which \`upgrade\` starts; its package is built once and kept (default: ${FROZEN_SINCE})
--lines: those of the job of \`job\` (default: 5000)
--suites: those of \`end-to-end\` (default: ${SUITES.join(', ')})
`;

interface Run {
  readonly chosen: readonly string[];
  readonly drill: DrillOptions;
  readonly storm: { readonly transfers: number; readonly minutes: number; readonly seed: number };
}

/** The exit code where nothing is to be run. */
function readArguments(args: readonly string[]): Run | number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      transfers: { type: 'string', default: '300' },
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: FROZEN_SINCE },
      lines: { type: 'string', default: '5000' },
      suites: { type: 'string', default: SUITES.join(',') },
      help: { type: 'boolean', default: false },
    },
  });
  const all = ['chaos', ...Object.keys(DRILLS)];
  const chosen = positionals.length === 0 ? all : positionals;
  const suites = values.suites.split(',');
  if (values.help) return 0;
  if (!chosen.every((name) => all.includes(name)) || !suites.every(isSuite)) return 2;
  const { from, lines, transfers, minutes, seed } = values;
  const storm = { transfers: Number(transfers), minutes: Number(minutes), seed: Number(seed) };
  return { chosen, drill: { from, lines: Number(lines), suites }, storm };
}

async function main(args: readonly string[]): Promise<number> {
  const run = readArguments(args);
  if (typeof run === 'number') {
    process.stderr.write(USAGE);
    return run;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const programs = findClusterPrograms(say);
  const { path: temporal } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const cluster = await openCluster({
    ...programs,
    temporal,
    onEnd: (part, how) => say(`${part} ended: ${how}`),
  });
  const onSignal = (): void => void cluster.close().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let failed = 0;
  try {
    say(`PostgreSQL and two Temporal servers are ready at ${cluster.address}; logs in ${cluster.logs}`);
    for (const [index, name] of run.chosen.entries()) {
      // Consumers of one drill have tokens that the keys of the next cannot open.
      const own = index === 0 ? cluster : await cluster.inNamespace(`ferry-${index + 1}`);
      const wentWell = isDrill(name) ? await drill(name, own, say, run.drill) : await storm(own, run.storm, say);
      if (!wentWell) failed += 1;
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await cluster.close();
  }
  return failed === 0 ? 0 : 1;
}

async function storm(cluster: Cluster, options: Run['storm'], say: (line: string) => void): Promise<boolean> {
  const all = { ...options, keep: false, log: null, replay: null, settleSeconds: 300 };
  const result = await runChaos(all, say, clusterPlace(cluster));
  process.stdout.write(`\nchaos\n${report(result)}`);
  return result.findings.length === 0;
}

async function drill(
  name: keyof typeof DRILLS,
  cluster: Cluster,
  say: (line: string) => void,
  options: DrillOptions,
): Promise<boolean> {
  const { rows, wentWell } = await DRILLS[name](cluster, say, options);
  process.stdout.write(`\n${name}: ${wentWell ? 'went well' : 'FAILED'}\n`);
  for (const [what, value] of rows) process.stdout.write(`  ${what.padEnd(44)} ${value}\n`);
  return wentWell;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`The run itself failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
