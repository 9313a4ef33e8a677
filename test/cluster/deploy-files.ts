/** The scripts and settings of `deploy/temporal`, as a cluster of processes uses them. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

const DEPLOY = join(__dirname, '../../deploy/temporal');

/**
 * Runs a script by its name, with this environment.
 *
 * @param directory is made, for PATH: it holds the tools under the names that the scripts use
 */
export function deployScripts(
  directory: string,
  { sqlTool, temporal }: { readonly sqlTool: string; readonly temporal: string },
): (name: string, env: NodeJS.ProcessEnv) => Promise<void> {
  mkdirSync(directory);
  symlinkSync(sqlTool, join(directory, 'temporal-sql-tool'));
  symlinkSync(temporal, join(directory, 'temporal'));
  const path = `${directory}:${process.env['PATH'] ?? dirname(process.execPath)}`;
  return async (name, env) => {
    await promisify(execFile)('/bin/sh', [join(DEPLOY, name)], { env: { ...env, PATH: path, HOME: tmpdir() } });
  };
}

interface Setting {
  readonly value: unknown;
  readonly constraints: Readonly<Record<string, unknown>>;
}

/**
 * What is set for Ferry's namespace is set for every namespace as well: each drill and each end-to-end suite has its own.
 *
 * @returns the path of the file
 */
export function writeDynamicConfig(directory: string): string {
  const file = join(directory, 'dynamic-config.yaml');
  const text = readFileSync(join(DEPLOY, 'dynamic-config.yaml'), 'utf8');
  const settings = parse(text) as Record<string, readonly Setting[]>;
  const forAll = Object.entries(settings).map(([name, values]) => [
    name,
    values.flatMap((each) => (each.constraints['namespace'] ? [each, { ...each, constraints: {} }] : [each])),
  ]);
  writeFileSync(file, stringify(Object.fromEntries(forAll)));
  return file;
}
