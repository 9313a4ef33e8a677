import { FerryError } from '../../errors';
import type { Health } from '../../client/types';
import type { Io } from '../shared/io';
import { lazy } from '../shared/lazy';
import { withClient, type Settings } from '../shared/settings';
import type { Check, Finding } from './finding';
import { tlsFinding } from './temporal-tls';

/** Checks Temporal and its workers. */
export function temporalChecks(settings: Settings, io: Io): Check[] {
  return [
    {
      name: 'Temporal',
      async look() {
        const health = await withClient(settings, io, (client) => client.health());
        const { address, namespace, reachable } = health.temporal;
        if (!reachable) throw new FerryError('TEMPORAL_UNREACHABLE', `Cannot reach Temporal at ${address}.`);
        const message = `${address}, namespace ${namespace} (${settings.target.from})`;
        return [{ check: 'Temporal', result: 'ok', message }, workerFinding(health, settings.hostId)];
      },
    },
    {
      name: 'Temporal TLS',
      async look() {
        const { target } = settings;
        if (settings.unreachable !== null || target.kind === 'embedded') return [];
        const { tls } = await lazy.config().connectOptions(target, io.env);
        return [await tlsFinding(target.address, tls, io.now())];
      },
    },
  ];
}

function workerFinding({ hosts, workflowWorkers }: Health, thisHost: string): Finding {
  const check = 'workers';
  const remedy = 'Start one: ferry worker, or ferry up on this machine.';
  if (workflowWorkers === 0 && hosts.length === 0) {
    return { check, result: 'no', message: 'no worker at all: transfers wait', remedy };
  }
  if (!hosts.includes(thisHost)) {
    const message = `on ${hosts.join(', ')}, but none for this machine (${thisHost}): its files would wait`;
    return { check, result: 'warn', message, remedy };
  }
  return { check, result: 'ok', message: `on ${hosts.join(', ')}` };
}
