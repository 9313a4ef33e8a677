import { randomFillSync } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransferEvent } from '../../client/types';
import { FerryError } from '../../errors';
import { STEPS, type Receipt } from '../../contract';
import { formatBytes } from '../../lib/bytes';
import { md5Of } from '../../lib/file-digest';
import type { CommandEnvironment } from '../shared/command';
import { receiptDocument } from '../shared/output/documents';
import { percent } from '../shared/follow/words';
import { count } from '../shared/output/text';
import { drawFerry, encodePng } from './picture';
import { receiptLines, type Play } from './play';
import { delayNextUpload, sandboxMessages, sandboxUploads } from './sandbox-view';
import { slowDown, type SlowLine } from './slow-line';
import { URL_LIFE_SECONDS, type Stage } from './stage';

const ACCOUNT = 'sandbox';
const CONSUMER = 'ops';
const LARGE_BYTES = 40_000_000;

export async function actOne(environment: CommandEnvironment, stage: Stage, play: Play): Promise<void> {
  const file = join(stage.dir, 'photo.png');
  writeFileSync(file, encodePng(drawFerry()));
  play.heading('Act 1: a photo');
  play.say(`photo.png, ${formatBytes(statSync(file).size)}, drawn just now`);
  await carry(environment, stage, play, file, () => {});
}

/** 40 MB over a slow line, with links that expire on the way, and a worker that dies in the middle. */
export async function actTwo(environment: CommandEnvironment, stage: Stage, play: Play): Promise<void> {
  const file = join(stage.dir, 'large.png');
  const picture = encodePng(drawFerry());
  const tail = Buffer.alloc(LARGE_BYTES - picture.length);
  writeFileSync(file, Buffer.concat([picture, randomFillSync(tail)]));
  play.heading(
    `Act 2: ${formatBytes(LARGE_BYTES)}, a slow line, links that live ${URL_LIFE_SECONDS} s, and a kill -9 in the middle`,
  );
  await delayNextUpload(stage.sandboxUrl, URL_LIFE_SECONDS * 1000 + 500);
  const saboteur = createSaboteur(stage, play);
  try {
    await carry(environment, stage, play, file, (event) => saboteur.watch(event));
  } finally {
    saboteur.end();
  }
  const uploads = await sandboxUploads(stage.sandboxUrl);
  const large = uploads.filter(({ status, bytesIn }) => status === 201 && bytesIn === LARGE_BYTES).length;
  play.say(`storage took the ${formatBytes(LARGE_BYTES)} ${count(large, 'time')}`);
}

interface Saboteur {
  watch(event: TransferEvent): void;
  end(): void;
}

/** Slows the line during the upload, and kills the worker when half of the bytes have left over a renewed link. */
function createSaboteur({ up }: Stage, play: Play): Saboteur {
  let line: SlowLine | null = null;
  let finished = false;
  const end = (): void => {
    finished = true;
    line?.end();
  };
  return {
    watch({ status }) {
      const { sandbox, worker } = up.current().pids;
      if (finished || sandbox === null || worker === null) return;
      const past = STEPS.indexOf(status.step) > STEPS.indexOf('upload');
      if (past) {
        end();
        return;
      }
      if (status.step !== 'upload') return;
      // Slow from the first byte: a renewal is shown with the next heartbeat, and a fast line would be done by then.
      line ??= slowDown(sandbox);
      if (status.urlRenewals === 0 || percent(status) < 50) return;
      end();
      process.kill(worker, 'SIGKILL');
      play.say(`✗ kill -9 of the worker (pid ${worker}) at ${percent(status)}%; Temporal notices within 15 s`);
    },
    end,
  };
}

async function carry(
  { io, output }: CommandEnvironment,
  { client, dir, sandboxUrl }: Stage,
  play: Play,
  file: string,
  onEvent: (event: TransferEvent) => void,
): Promise<void> {
  const fetchTo = join(dir, 'fetched');
  const request = { file, account: ACCOUNT, consumer: CONSUMER, caption: 'Ferry demo', fetchTo };
  const { transferId } = await client.start(request);
  const signal = io.interrupted;
  for await (const event of client.watch(transferId, { signal, intervalMs: 100 })) {
    play.event(event);
    onEvent(event);
  }
  signal.throwIfAborted();
  const { receipt, error } = await client.result(transferId, signal);
  if (receipt === null || error !== null) {
    throw new FerryError(error?.code ?? 'INTERNAL', error?.message ?? 'The demo’s transfer left no receipt.');
  }
  output.document(receiptDocument(receipt, false));
  for (const text of receiptLines(receipt)) play.say(text);
  await prove(play, file, receipt, sandboxUrl);
}

/** Checks both ends instead of Ferry's own report. */
async function prove(play: Play, file: string, receipt: Receipt, sandboxUrl: string): Promise<void> {
  const [sent, fetched] = await Promise.all([md5Of(file), md5Of(receipt.fetchedTo ?? '')]);
  if (sent !== fetched || sent !== receipt.md5) {
    throw new FerryError('DIGEST_MISMATCH', `The file that came back is another: ${sent} went, ${fetched} came.`);
  }
  play.say(`✓ what came back is what went: md5 ${sent} at both ends`);
  const messages = await sandboxMessages(sandboxUrl);
  const own = messages.filter(({ relativePath }) => relativePath === receipt.relativePath).length;
  if (own !== 1) throw new FerryError('INTERNAL', `There are ${own} messages of this file where one must be.`);
  play.say('✓ exactly one message of it stands in the conversation');
}
