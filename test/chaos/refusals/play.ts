import type { Played } from '../boundaries/play';
import { openTheatre, type Theatre } from '../boundaries/theatre';
import { waitFor } from '../../support/wait-for';
import type { Site } from '../boundaries/site';
import { REFUSALS, type RefusalCase } from './cases';

const WITHIN_MS = 200_000;

/** Plays all cases at once, on one worker; those that need a new worker share one kill, when the others have ended. */
export async function play(): Promise<ReadonlyMap<string, Played>> {
  const theatre = await openTheatre(REFUSALS);
  try {
    const played = await Promise.all(
      theatre.sites.map(async (site) => {
        await site.view.addFaults(caseOf(site).rules);
        return { site, started: await theatre.send(site) };
      }),
    );
    // The kill must not meet a case that goes without it: its next attempt would take another way.
    const goOn = played.filter(({ site }) => caseOf(site).afterKill.length === 0);
    await Promise.all(goOn.map(({ started }) => theatre.ferry.result(started.transferId)));
    await killBeforeDiscovery(theatre);
    return new Map(
      await Promise.all(
        played.map(async ({ site, started }): Promise<[string, Played]> => {
          const outcomes = [await theatre.ferry.result(started.transferId)];
          const messages = (await site.view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
          const conversations = await site.view.conversations();
          return [site.of.id, { reached: await wasRefused(site), outcomes, messages, conversations }];
        }),
      ),
    );
  } finally {
    await theatre.close();
  }
}

function caseOf(site: Site): RefusalCase {
  return site.of as RefusalCase;
}

async function killBeforeDiscovery({ sites, worker }: Theatre): Promise<void> {
  const held = sites.filter((site) => caseOf(site).afterKill.length > 0);
  await waitFor(async () => {
    const landed = await Promise.all(held.map(async ({ view }) => (await view.messages()).length > 0));
    return landed.every(Boolean) ? true : undefined;
  }, WITHIN_MS);
  worker.signal('SIGKILL');
  await worker.gone();
  for (const site of held) {
    await site.view.clearFaults();
    await site.view.addFaults(caseOf(site).afterKill);
  }
  await worker.start();
}

/** All rules were used, and the refused request came after the publish that landed. */
async function wasRefused(site: Site): Promise<boolean> {
  const [faults, requests] = await Promise.all([site.view.faults(), site.view.requests()]);
  const landed = requests.findIndex(({ type }) => type === 'ms.PublishEvent');
  const { refused } = caseOf(site);
  const after = requests
    .slice(landed + 1)
    .some(({ type, path }) => type === refused || path?.includes(refused) === true);
  return landed >= 0 && after && faults.every(({ times }) => times === 0);
}
