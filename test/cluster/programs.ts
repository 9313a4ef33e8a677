import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version of the server that the pinned Temporal CLI embeds, so that both kinds of servers are the same code. */
export const SERVER_VERSION = '1.32.0';

const MODULE = 'go.temporal.io/server';

/** What a cluster is made of, as paths of programs and files. */
export interface ClusterPrograms {
  readonly temporalServer: string;
  /** Named as the scripts in `deploy/temporal` call it. */
  readonly sqlTool: string;
  readonly schemaDir: string;
  /** Directory of `postgres`, `initdb`, `pg_dump` and the others. */
  readonly postgresBin: string;
}

/**
 * Builds Temporal's server and its SQL tool from their Go module, once for each version: some seven minutes on two cores.
 * The programs are kept in `XDG_CACHE_HOME/ferry/`.
 *
 * @throws Error with a sentence for people when Go, PostgreSQL or openssl is missing
 */
export function findClusterPrograms(say: (line: string) => void): ClusterPrograms {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ferry', `server-${SERVER_VERSION}`);
  const programs = { temporalServer: join(cache, 'temporal-server'), sqlTool: join(cache, 'temporal-sql-tool') };
  need('openssl', ['version'], 'openssl makes the certificates');
  need('go', ['version'], 'Temporal is built from its Go module');
  mkdirSync(cache, { recursive: true });
  build(programs.temporalServer, 'cmd/server', say);
  build(programs.sqlTool, 'cmd/tools/sql', say);
  const { Dir } = JSON.parse(go(['mod', 'download', '-json', `${MODULE}@v${SERVER_VERSION}`])) as { Dir: string };
  return { ...programs, schemaDir: join(Dir, 'schema/postgresql/v12'), postgresBin: postgresBin() };
}

function build(program: string, source: string, say: (line: string) => void): void {
  if (existsSync(program)) return;
  say(`Building ${program} from ${MODULE}/${source} ${SERVER_VERSION}`);
  const directory = `${program}.build`;
  mkdirSync(directory, { recursive: true });
  go(['install', `${MODULE}/${source}@v${SERVER_VERSION}`], { GOBIN: directory });
  const built = join(directory, source.split('/').at(-1) ?? '');
  copyFileSync(built, `${program}.new`);
  chmodSync(`${program}.new`, 0o755);
  renameSync(`${program}.new`, program);
}

function go(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 26 } as const;
  return execFileSync('go', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
}

function need(program: string, args: readonly string[], why: string): void {
  if (spawnSync(program, args, { stdio: 'ignore' }).status === 0) return;
  throw new Error(`${program} is missing: ${why}.`);
}

/** Debian keeps the server's programs out of PATH. */
function postgresBin(): string {
  const found = spawnSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1'], { encoding: 'utf8' });
  const directory = found.stdout.trim();
  if (existsSync(join(directory, 'postgres'))) return directory;
  throw new Error('PostgreSQL is missing: install the package postgresql.');
}
