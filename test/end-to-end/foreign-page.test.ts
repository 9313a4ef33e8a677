/** A page of another origin in a real browser, while a `ferry up` runs on the same machine. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for';
import { openMachine, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

/** Runs in the browser, so it is not compiled. */
const ATTACK = join(__dirname, 'foreign-page.browser.js');

const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

function findBrowser(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  const found = [...(named === undefined ? [] : [named]), ...NAMES].find((name) => {
    return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
  });
  return found ?? null;
}

const browser = process.platform === 'linux' ? findBrowser() : null;
if (browser === null) process.stderr.write('No Chromium is installed: the test with a foreign page is skipped.\n');

/** What the page can know of an attempt: `opaque` for an answer that it may not read. */
type Report = Readonly<Record<string, string>>;

interface Targets {
  readonly sandbox: string;
  readonly page: string;
  readonly others: readonly string[];
  readonly namespace: string;
  readonly transferId: string;
}

/** A server for the foreign page, which sends back what came of its attempts. */
async function foreignServer(
  targets: Targets,
): Promise<{ readonly url: string; readonly report: Promise<Report>; close(): void }> {
  let told: (report: Report) => void = () => undefined;
  const report = new Promise<Report>((resolve) => (told = resolve));
  const html = `<!doctype html><script>
    ${readFileSync(ATTACK, 'utf8')}
    attack(${JSON.stringify(targets)})
      .catch((error) => ({ error: String(error) }))
      .then((report) => fetch('/report', { method: 'POST', body: JSON.stringify(report) }));
  </script>`;
  const server: Server = createServer((request, response) => {
    if (request.url !== '/report') return void response.setHeader('content-type', 'text/html').end(html);
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => (response.end(), told(JSON.parse(body) as Report)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another name than that of the servers under attack, and so another site.
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  return { url, report, close: () => void (server.closeAllConnections(), server.close()) };
}

/** TCP ports on which this process listens. */
function listeningPorts(pid: number): readonly number[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const LISTENS = '0A';
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === LISTENS && inodes.has(inode) ? [parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** The living processes whose command line has this text. */
function pidsNaming(text: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLineOf(pid).includes(text));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}

(browser === null ? describe.skip : describe)('a page of another origin', () => {
  let machine: Machine;
  let up: Up;
  let profile: string;
  let chromium: ChildProcess | undefined;

  beforeAll(async () => {
    machine = await openMachine();
    up = await machine.up();
    profile = await mkdtemp(join(tmpdir(), 'ferry-browser-'));
  }, 120_000);
  afterAll(async () => {
    if (chromium?.pid !== undefined && chromium.exitCode === null) {
      const closed = new Promise((resolve) => chromium?.once('close', resolve));
      // The program starts others, which would live on.
      process.kill(-chromium.pid, 'SIGKILL');
      await closed;
    }
    // Some of them are in a process group of their own, and would write into the removed profile.
    await waitFor(() => {
      const left = pidsNaming(profile);
      for (const pid of left) endIfThere(pid);
      return left.length === 0 || undefined;
    }, 60_000);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    await machine.close();
  });

  test('It reads nothing, starts nothing, changes nothing, and ends no transfer', async () => {
    const { sandboxUrl, uiUrl, namespace, pids } = up.info;
    await up.fault('put', { status: 503 });
    const picture = await writeJpeg(join(machine.directory, 'under-way.jpg'));
    const { documents } = await machine.ferry(['send', picture, '--detach', '--json']);
    const transferId = String(documents[0]?.['transferId']);
    await waitFor(async () => {
      const status = await machine.ferry(['status', transferId, '--json']);
      return status.documents[0]?.['state'] === 'waiting' || undefined;
    }, 60_000);
    const before = [await up.page('messages'), await up.page('conversations')];
    const others = listeningPorts(pids.temporal).map((port) => `http://127.0.0.1:${port}`);
    expect(others.length).toBeGreaterThan(2);
    const server = await foreignServer({ sandbox: String(sandboxUrl), page: uiUrl, others, namespace, transferId });
    const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--user-data-dir=${profile}`];
    // Without this the browser ends when the page is loaded, before its attempts are over.
    const stay = '--remote-debugging-port=0';
    chromium = spawn(String(browser), [...flags, stay, server.url], { stdio: 'ignore', detached: true });
    const report = await server.report;
    server.close();
    expect(report['error']).toBeUndefined();
    expect(Object.entries(report).filter(([, what]) => !['refused', 'opaque'].includes(what))).toEqual([]);
    expect(Object.keys(report).length).toBeGreaterThan(10);
    // The servers were reached and refused: the browser alone would not tell an answer.
    expect(report).toMatchObject({
      'set a fault': 'opaque',
      'start a workflow 0': 'opaque',
      'decode simply': 'opaque',
    });

    expect([await up.page('messages'), await up.page('conversations')]).toEqual(before);
    expect(await up.page('faults')).toHaveLength(1);
    const list = await machine.ferry(['list', '--json']);
    expect(list.documents.map((status) => status['transferId'])).toEqual([transferId]);
    const { documents: now } = await machine.ferry(['status', transferId, '--json']);
    expect(['running', 'waiting']).toContain(now[0]?.['state']);
  }, 180_000);
});
