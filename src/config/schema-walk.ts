import { z } from 'zod';
import { configSchema } from './schema';
import type { KeyDoc } from './schema-fields';

/** A key of ferry.toml with its documentation. `NAME` stands for the name of an account. */
export interface DocumentedKey {
  readonly path: readonly string[];
  readonly doc: KeyDoc;
}

/** Every key of the schema, in the order of the schema; a table comes before its keys. */
export function documentedKeys(schema: unknown = configSchema, path: readonly string[] = []): DocumentedKey[] {
  const inner = unwrap(schema);
  const doc = docOf(schema);
  const own = doc === null || path.length === 0 ? [] : [{ path, doc }];
  if (inner instanceof z.ZodObject) {
    const below = Object.entries(inner.shape).flatMap(([key, value]) => documentedKeys(value, [...path, key]));
    return [...own, ...below];
  }
  if (inner instanceof z.ZodArray && isTable(inner.element)) return [...own, ...documentedKeys(inner.element, path)];
  if (inner instanceof z.ZodRecord) return [...own, ...documentedKeys(inner.valueType, [...path, 'NAME'])];
  return own;
}

/** The keys that may stand in the table at this path. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = configSchema;
  for (const part of path) {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodObject) schema = (inner.shape as Record<PropertyKey, unknown>)[part];
    else if (inner instanceof z.ZodRecord) schema = inner.valueType;
    else if (inner instanceof z.ZodArray) schema = inner.element;
  }
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function isTable(schema: unknown): boolean {
  return unwrap(schema) instanceof z.ZodObject;
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

function docOf(schema: unknown): KeyDoc | null {
  for (const candidate of [schema, unwrap(schema)]) {
    const meta = candidate instanceof z.ZodType ? candidate.meta() : undefined;
    if (meta !== undefined && 'meaning' in meta) return meta as unknown as KeyDoc;
  }
  return null;
}
