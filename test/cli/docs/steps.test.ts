/** The picture of the steps in the README follows from the table of steps. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEP_WORDS, STEPS, type Step } from '../../../src/contract';

const PAGE = join(__dirname, '../../../README.md');
const PART = /(<!-- generated from STEP_WORDS [^\n]*-->\n)([\s\S]*?)(<!-- end of generated -->)/;

function box(step: Step): string {
  return step.startsWith('request-') ? `${step}[${STEP_WORDS[step].name}]` : step;
}

function picture(): string {
  const sending = STEPS.slice(0, STEPS.indexOf('publish') + 1);
  const fetching = STEPS.slice(sending.length);
  return [
    '```mermaid',
    'flowchart LR',
    `  ${sending.map(box).join(' --> ')}`,
    '  upload -- link expired --> request-upload-url',
    '  publish --> receipt',
    `  publish -. --fetch-to .-> ${fetching.map(box).join(' -.-> ')} -.-> receipt`,
    '```',
  ].join('\n');
}

test('the picture in the README shows the steps in their order', () => {
  const text = readFileSync(PAGE, 'utf8');
  expect(text).toMatch(PART);
  const wanted = text.replace(PART, (_all, start: string, _old, end: string) => `${start}\n${picture()}\n\n${end}`);
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(PAGE, wanted);
  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);
});
