import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Sent } from './senders';
import type { Stage } from './stage';
import type { Finding } from './truth';

/** A JWT with a body, wherever it stands. */
const TOKEN = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/;
const SIGNED = /temp_url_sig|"sig"/i;

interface Canary {
  readonly name: string;
  found(text: string): boolean;
}

/** Where secrets could have leaked to: the server's database, histories, logs, what else lies in the directory. */
export async function judgeSecrets(stage: Stage, histories: ReadonlyMap<string, string>): Promise<Finding[]> {
  const canaries = await makeCanaries(stage);
  const findings: Finding[] = [];
  const check = (where: string, text: string): void => {
    for (const canary of canaries) {
      if (canary.found(text)) findings.push({ kind: 'secret', what: `${canary.name} in ${where}` });
    }
  };
  for (const [transferId, text] of histories) check(`the history of ${transferId}`, text);
  for (const path of await filesToSearch(stage)) {
    // Latin-1 keeps each byte as one character, so that text between binary is found, too.
    for await (const text of overlapping(path)) check(path, text);
  }
  return unique(findings);
}

async function makeCanaries({ canaries, sandboxDir }: Stage): Promise<Canary[]> {
  const { sealKey, apiKey } = canaries;
  const raw = Buffer.from(sealKey, 'base64');
  const texts: [string, string][] = [
    ['the seal key', sealKey],
    ['the seal key', raw.toString('hex')],
    ['the seal key', raw.toString('latin1')],
    ...Object.entries(apiKey).map(([name, value]): [string, string] => [`the API key's ${name}`, value]),
  ];
  const urlKey = (await readFile(join(sandboxDir, 'temp-url.key'), 'utf8')).trim();
  return [
    ...texts.map(([name, value]) => ({ name, found: (text: string) => text.includes(value) })),
    { name: "storage's key", found: (text) => text.includes(urlKey) },
    { name: 'a token', found: (text) => TOKEN.test(text) },
    { name: 'a signed URL', found: (text) => SIGNED.test(text) },
  ];
}

/** The sandbox's own state is the service's side, which has to know; the configuration names the key's file. */
async function filesToSearch(stage: Stage): Promise<string[]> {
  const names = await readdir(stage.root);
  const databases = names.filter((name) => name.startsWith('temporal.db')).map((name) => join(stage.root, name));
  const logs = (await readdir(stage.logs)).map((name) => join(stage.logs, name));
  const home = (await readdir(join(stage.root, 'home'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return [...databases, ...logs, ...home];
}

const OVERLAP = 4096;

async function* overlapping(path: string): AsyncGenerator<string> {
  let before = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const text = before + (chunk as string);
    yield text;
    before = text.slice(-OVERLAP);
  }
}

/** Histories of transfers and of the consumers' workflows, with their payloads readable. */
export async function readHistories(client: Client, all: readonly Sent[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(all.map(({ transferId }) => transferId));
  for await (const { workflowId } of client.workflow.list({ query: 'WorkflowType = "consumer"' })) ids.add(workflowId);
  const histories = new Map<string, string>();
  for (const id of ids) {
    if (id === '') continue;
    const history = await client.workflow.getHandle(id).fetchHistory();
    histories.set(
      id,
      JSON.stringify(history, (_, value: unknown) => readable(value)),
    );
  }
  return histories;
}

function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return value;
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.kind} ${finding.what}`, finding])).values()];
}
