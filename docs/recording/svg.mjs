/** Lines of a terminal as an SVG that plays them: CSS only, so that it moves inside an <img>, and is whole without. */

const CHAR = 7.8;
const LINE = 18;
const PAD = 16;
const BAR = 28;

const STYLES = { 1: 'b', 2: 'd', 31: 'r', 32: 'g', 33: 'y' };

/** SGR sequences as classes; any other sequence is left out. */
function spansOf(text) {
  const spans = [];
  let classes = new Set();
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
  for (const [, codes, plain] of `\u001b[m${text}`.matchAll(/\u001b\[([\d;]*)m([^\u001b]*)/g)) {
    for (const code of codes.split(';').map(Number)) {
      if (code === 0) classes = new Set();
      else if (code === 22) for (const weight of ['b', 'd']) classes.delete(weight);
      else if (code === 39) for (const colour of ['r', 'g', 'y']) classes.delete(colour);
      else if (STYLES[code] !== undefined) classes.add(STYLES[code]);
    }
    if (plain !== '') spans.push({ plain, classes: [...classes].join(' ') });
  }
  return spans;
}

function escape(text) {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
}

function textOf(line, index) {
  const spans = spansOf(line).map(({ plain, classes }) =>
    classes === '' ? escape(plain) : `<tspan class="${classes}">${escape(plain)}</tspan>`,
  );
  return `<text class="l${index}" y="${(index + 1) * LINE - 5}">${spans.join('')}</text>`;
}

/** When each line appears: as it was, but no wait longer than `longestWaitS`. */
function shortened(lines, longestWaitS) {
  let before = 0;
  let shown = 0.5;
  return lines.map(({ at }) => {
    shown += Math.min(at - before, longestWaitS);
    before = at;
    return shown;
  });
}

/** @param lines {{at: number, text: string}[]} at in seconds */
export function toSvg(title, lines, { columns, rows, longestWaitS, lingerS }) {
  const shown = [{ at: 0, text: `\u001b[2m$\u001b[22m \u001b[1m${title}\u001b[22m` }, ...lines];
  const times = shortened(shown, longestWaitS);
  const total = times.at(-1) + lingerS;
  const percent = (time) => `${((time * 100) / total).toFixed(2)}%`;
  const up = (index) => -Math.max(0, index + 1 - rows) * LINE;
  const appear = times.map(
    (time, index) =>
      `@keyframes l${index}{0%,${percent(time)}{opacity:0}${percent(time + 0.01)},100%{opacity:1}}.l${index}{animation-name:l${index}}`,
  );
  const scroll = times
    .map((time, index) => ({ time, y: up(index) }))
    .filter(({ y }) => y < 0)
    .map(({ time, y }) => `${percent(time)}{transform:translateY(${y}px)}`);
  const width = Math.round(columns * CHAR + 2 * PAD);
  const height = rows * LINE + BAR + PAD;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A recording of ${title}">
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d7dce2;white-space:pre}
.b{font-weight:700;fill:#fff}.d{fill:#8b949e}.r{fill:#ff7b72}.g{fill:#56d364}.y{fill:#e3b341}
.t{fill:#8b949e}
.s text{animation-duration:${total.toFixed(2)}s;animation-iteration-count:infinite;animation-timing-function:step-end}
.s{transform:translateY(${up(shown.length - 1)}px);animation:s ${total.toFixed(2)}s step-end infinite}
@keyframes s{0%{transform:translateY(0)}${scroll.join('')}}
${appear.join('\n')}
@media (prefers-reduced-motion:reduce){.s,.s text{animation:none}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="18" cy="15" r="5" fill="#ff5f57"/><circle cx="36" cy="15" r="5" fill="#febc2e"/><circle cx="54" cy="15" r="5" fill="#28c840"/>
<text class="t" x="${width / 2}" y="19" text-anchor="middle">${title} (a real run; waits shortened)</text>
<svg x="${PAD}" y="${BAR}" width="${width - 2 * PAD}" height="${rows * LINE}" overflow="hidden"><g class="s" xml:space="preserve">
${shown.map(({ text }, index) => textOf(text, index)).join('\n')}
</g></svg>
</svg>
`;
}
