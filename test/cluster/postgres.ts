import { execFileSync, spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPart, type Part, type ProgramOptions } from '../chaos/kit/processes';

export const DATABASE_USER = 'temporal';

export interface Postgres {
  readonly part: Part;
  readonly password: string;
  /** Dumps the databases of Temporal into a file, as a backup does. */
  dump(file: string): void;
  /** Puts a dump in the place of what is there. Nothing may be connected. */
  restore(file: string): void;
  /** Bytes of both databases. */
  size(): number;
  /** Call it when its process has ended. */
  remove(): void;
}

export interface PostgresOptions extends Pick<ProgramOptions, 'logFile' | 'onEarlyEnd' | 'onDeath'> {
  readonly bin: string;
  readonly address: string;
  readonly password: string;
}

const DATABASES = ['temporal', 'temporal_visibility'] as const;

/** A PostgreSQL of its own, with its usual settings (fsync included), on port 5432 of its own loopback address. */
export function makePostgres({ bin, address, password, ...logging }: PostgresOptions): Postgres {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-postgres-'));
  const owner = ownerOf(directory);
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner !== null) chownSync(passwordFile, owner.uid, owner.gid);
  const auth = ['--auth', 'scram-sha-256', '--username', DATABASE_USER, '--pwfile', passwordFile];
  execFileSync(join(bin, 'initdb'), ['--pgdata', data, ...auth, '--encoding', 'UTF8'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: directory,
    ...owner,
  });
  const env = { PATH: process.env['PATH'], PGPASSWORD: password, PGHOST: address, PGUSER: DATABASE_USER };
  const run = (program: string, args: readonly string[], options: SpawnSyncOptions = {}): string =>
    String(
      execFileSync(join(bin, program), args, { env, cwd: directory, stdio: ['ignore', 'pipe', 'inherit'], ...options }),
    );
  const dumpOf = (file: string, database: string): string => `${file}.${database}`;
  return {
    password,
    part: programPart({
      ...logging,
      name: 'postgres',
      command: join(bin, 'postgres'),
      args: ['-D', data, '-h', address, '-p', '5432', '-k', directory, '-c', 'max_connections=200'],
      cwd: directory,
      env: { PATH: process.env['PATH'] },
      ...(owner === null ? {} : { owner }),
      isReady: () =>
        spawnSync(join(bin, 'pg_isready'), ['-q', '-h', address, '-U', DATABASE_USER], { cwd: directory }).status === 0,
    }),
    dump(file) {
      for (const name of DATABASES) run('pg_dump', ['--format=custom', `--file=${dumpOf(file, name)}`, name]);
    },
    restore(file) {
      for (const name of DATABASES) {
        run('dropdb', ['--force', '--if-exists', name]);
        run('createdb', [name]);
        run('pg_restore', ['--exit-on-error', `--dbname=${name}`, dumpOf(file, name)]);
      }
    },
    size() {
      const sum = DATABASES.map((name) => `pg_database_size('${name}')`).join(' + ');
      return Number(run('psql', ['--no-align', '--tuples-only', '--command', `select ${sum}`, 'temporal']));
    },
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package has made. */
function ownerOf(directory: string): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const owner = { uid: id('-u'), gid: id('-g') };
  chownSync(directory, owner.uid, owner.gid);
  return owner;
}
