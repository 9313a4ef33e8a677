/** A Temporal that runs already, such as a cluster, for suites that start their own otherwise. */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../src/contract';
import { waitFor } from './wait-for';
import { withTemporal } from './with-temporal';

/** Set to anything: TEMPORAL_* of the environment lead to the Temporal that suites use. */
export const GIVEN_TEMPORAL = 'FERRY_TEST_TEMPORAL';

const DAY_MS = 86_400_000;

const SERVERS = 2;

/** A new namespace is known to each server some seconds after its creation. */
const KNOWN_WITHIN_MS = 60_000;

const { INDEXED_VALUE_TYPE_KEYWORD: KEYWORD } = temporal.api.enums.v1.IndexedValueType;

/** Leads to a fresh namespace of the Temporal that the environment names; null: it names none. */
export async function givenTemporal(): Promise<Readonly<Record<string, string>> | null> {
  if (!process.env[GIVEN_TEMPORAL]) return null;
  const variables = Object.entries(process.env).filter(([name]) => /^TEMPORAL_(?!CLI_PATH)/.test(name));
  const namespace = `ferry-${randomBytes(6).toString('hex')}`;
  const env = { ...(Object.fromEntries(variables) as Record<string, string>), TEMPORAL_NAMESPACE: namespace };
  await makeNamespace(env, namespace);
  return env;
}

async function makeNamespace(env: NodeJS.ProcessEnv, namespace: string): Promise<void> {
  await withTemporal(env, ({ workflowService }) =>
    workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(DAY_MS) }),
  );
  const searchAttributes = Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD]));
  await untilAnswered(env, ({ connection }) =>
    connection.operatorService.addSearchAttributes({ namespace, searchAttributes }),
  );
  // Connections go to two servers in turn, and each has to know the namespace.
  for (let server = 0; server < SERVERS; server += 1) {
    await untilAnswered(env, ({ workflow }) => workflow.count(`${SEARCH_ATTRIBUTES.state} = 'none'`));
  }
}

/** Asks over a new connection each time, until the call succeeds. */
function untilAnswered(env: NodeJS.ProcessEnv, ask: (client: Client) => Promise<unknown>): Promise<true> {
  const once = (): Promise<true | undefined> =>
    withTemporal(env, ask).then(
      () => true,
      () => undefined,
    );
  return waitFor(once, KNOWN_WITHIN_MS);
}
