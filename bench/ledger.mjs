import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { summary, withTemp } from './support.mjs';

const { openLedger } = createRequire(import.meta.url)('../dist/ledger/index.js');

const ROUNDS = 5;
const ROWS = 2000;
const LANES = 40;
const ALONE = 100;

/** What the ledger adds to a publish: one intent and one receipt, each durable; and one question before. */
export function benchLedger() {
  return withTemp(async (directory) => {
    const ledger = openLedger(join(directory, 'ledger'));
    const alone = [];
    const together = [];
    const questions = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const ids = Array.from({ length: ROWS }, () => randomUUID());
      alone.push(await timed(ALONE, (index) => ledger.keep(keptOf(`alone-${round}-${index}`)), 1));
      together.push(await timed(ROWS, (index) => ledger.keep(keptOf(ids[index])), LANES));
      questions.push(await timed(ROWS, (index) => ledger.ofTransfer(ids[index]), 1));
    }
    await ledger.close();
    return [
      summary('a durable write alone', 'ms', alone, ''),
      summary(`a durable write, ${LANES} at a time`, 'ms', together, ''),
      summary('a question', 'ms', questions, ''),
    ];
  });
}

/** Milliseconds for each of `count` calls, in so many lanes. */
async function timed(count, work, lanes) {
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (performance.now() - begun) / count;
}

function keptOf(transferId) {
  const at = new Date().toISOString();
  return {
    sendKey: transferId,
    receipt: {
      transferId,
      source: '/data/out/photo.jpg',
      host: 'desk',
      account: 'acme',
      consumer: 'ops',
      conversationId: randomUUID(),
      dialogId: randomUUID(),
      relativePath: `/v1/AUTH_async-images/12345678/${randomUUID()}.JPG`,
      sequence: 14,
      caption: '',
      fileType: 'JPG',
      sizeBytes: 250_000,
      md5: '0'.repeat(32),
      sha256: '0'.repeat(64),
      fetchedTo: null,
      urlRenewals: 0,
      bytesSent: 250_000,
      bytesFetched: 0,
      repeated: false,
      startedAt: at,
      finishedAt: at,
    },
  };
}
