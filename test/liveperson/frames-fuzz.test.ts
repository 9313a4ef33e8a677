import { readFrame } from '../../src/liveperson/frames';
import { damaged, damagedText, MOST_CPU_MS, slowestOf, type Random } from '../support/fuzz';

const FRAMES = [
  { kind: 'resp', reqId: '17', code: 200, type: 'ms.PublishEventResponse', body: { sequence: 7 } },
  { kind: 'resp', reqId: 17, code: 'OK', body: 'a text with "reqId": "18" in it' },
  { kind: 'notification', type: 'ms.MessagingEventNotification', body: { changes: [{ sequence: 1, dialogId: 'd' }] } },
  { kind: 'req', id: '1', type: 'GetClock' },
];

/** Of every second frame the text is damaged, of the others what the text says. */
function frame(random: Random): string {
  const whole = random.pick(FRAMES);
  const text = JSON.stringify(random.number(2) === 0 ? whole : damaged(whole, random)) ?? '';
  return random.number(2) === 0 ? text : damagedText(text, random);
}

test('A damaged frame is an answer, a notice or nothing, and takes no longer than 50 ms', () => {
  const { cpuMs } = slowestOf(frame, (text) => {
    const read = readFrame(text);
    if (read !== null && read.kind !== 'answer' && read.kind !== 'notice') throw new Error(text.slice(0, 1000));
  });
  expect(cpuMs).toBeLessThan(MOST_CPU_MS);
}, 3_600_000);
