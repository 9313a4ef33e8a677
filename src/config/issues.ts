import type { z } from 'zod';
import { FerryError } from '../errors';
import { keysAt } from './schema-walk';
import { suggest } from '../lib/suggest';
import { lineOf } from './toml-lines';

/** A fault in a configuration file. */
interface Fault {
  readonly line: number;
  readonly key: string;
  readonly sentence: string;
}

/**
 * CONFIG_INVALID with a sentence for each fault: line, key and the expected value. Never the value found: it may be
 * secret.
 */
export function invalidConfig(
  file: string,
  toml: string,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): FerryError {
  const faults = issues.flatMap((issue) => faultsOf(issue, toml, value)).sort((a, b) => a.line - b.line);
  const message = faults.map(({ line, sentence }) => `${file}, line ${line}: ${sentence}`).join('\n');
  return new FerryError('CONFIG_INVALID', message, {
    details: { path: file, line: faults[0]?.line, key: faults[0]?.key },
    remedy: `Correct the ${faults.length > 1 ? 'lines' : 'line'} that the message names.`,
  });
}

function faultsOf(issue: z.core.$ZodIssue, toml: string, value: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key, toml));
  const key = keyText(issue.path);
  const line = lineOf(toml, issue.path);
  const found = valueAt(value, issue.path);
  if (issue.code === 'custom') return [{ line, key, sentence: `${key} ${issue.message}.` }];
  const given = found === undefined ? 'is missing; it must' : 'must';
  const but = found === undefined ? '' : `, but it is ${kindOf(found)}`;
  return [{ line, key, sentence: `${key} ${given} be ${issue.message}${but}.` }];
}

function unknownKey(table: readonly PropertyKey[], name: string, toml: string): Fault {
  const path = [...table, name];
  const known = keysAt(table);
  const key = keyText(path);
  const line = lineOf(toml, path);
  if (/^(?:password|secret|token|api_?key|key)$/i.test(name) && table.length > 0) {
    const ways = known.filter((one) => /(?:Env|File|Command)$/.test(one));
    const use = ways.length === 0 ? '' : `; use one of ${ways.join(', ')}`;
    return { line, key, sentence: `${key} is not a key: this file does not hold secrets${use}.` };
  }
  const close = suggest(name, known);
  const hint = close === null ? `the keys here are ${known.join(', ')}` : `did you mean ${close}?`;
  return { line, key, sentence: `there is no key ${key}; ${hint.endsWith('?') ? hint : `${hint}.`}` };
}

function keyText(path: readonly PropertyKey[]): string {
  return path.map(String).join('.') || 'the file';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<PropertyKey, unknown>)[part];
  }
  return here;
}

function kindOf(value: unknown): string {
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return 'another text';
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number';
  if (typeof value === 'boolean') return `${value} without quotes`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return value instanceof Date ? 'a date' : 'a table';
}
