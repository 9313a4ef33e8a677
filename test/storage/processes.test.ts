import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { createStorage, type Downloaded, type Storage } from '../../src/storage';
import { compileStorage, outputOf, type Compiled } from './support/compiled';
import { failureOf, makeScratch, until, type Scratch } from './support/scratch';
import { CONTAINER, md5, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

const PATH = `${CONTAINER}/object.PNG`;
const MIB = 1024 * 1024;

let compiled: Compiled;
let server: TempUrlServer;
let scratch: Scratch;
let storage: Storage;

beforeAll(() => {
  compiled = compileStorage();
});

afterAll(() => compiled.remove());

beforeEach(async () => {
  server = await startTempUrlServer();
  scratch = await makeScratch();
  storage = createStorage();
  await mkdir(scratch.path('in'));
});

afterEach(async () => {
  await storage.close();
  await server.close();
  await scratch.remove();
});

const DOWNLOAD = `
  const client = createStorage();
  client.download(argument).then((done) => { console.log(JSON.stringify(done)); return client.close(); });
`;

test('A download killed with -9 again and again ends equal, with little fetched twice', async () => {
  const bytes = randomBytes(48 * MIB + 777);
  server.put(PATH, bytes);
  const target = scratch.path('in/target.bin');
  const partSize = async (): Promise<number> => (await stat(`${target}.part`).catch(() => null))?.size ?? 0;
  const kills = 6;
  const starts: number[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    server.faults.push({ method: 'GET', fault: { bytesPerSecond: 16 * MIB } });
    const child = compiled.run(DOWNLOAD, { url: server.sign('GET', PATH), target });
    const goal = ((bytes.length * 0.8) / kills) * (kill - Math.random() / 2);
    await until(async () => existsSync(`${target}.part.json`) && (await partSize()) >= goal, 'it came far enough');
    child.kill('SIGKILL');
    await once(child, 'exit');
    starts.push(await partSize());
  }
  const fetched = JSON.parse(
    await outputOf(compiled.run(DOWNLOAD, { url: server.sign('GET', PATH), target })),
  ) as Downloaded;
  expect(fetched.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
  // Every attempt went on where the one before had ended, as the file on disk said.
  const asked = server.requests.map(({ headers }) => headers.range ?? 'bytes=0-');
  expect(asked).toEqual(['bytes=0-', ...starts.map((start) => `bytes=${start}-`)]);
  expect(fetched.bytesFetched).toBe(bytes.length - (starts.at(-1) ?? 0));
});

test('The lock of a process that was killed does not hold up the next', async () => {
  const bytes = randomBytes(4 * MIB);
  server.put(PATH, bytes);
  const target = scratch.path('in/target.bin');
  server.faults.push({ method: 'GET', fault: { stallAfterBytes: MIB } });
  const child = compiled.run(DOWNLOAD, { url: server.sign('GET', PATH), target });
  await until(() => (server.requests[0]?.bytesOut ?? 0) > 0, 'the other process fetches');
  const busy = await failureOf(storage.download({ url: server.sign('GET', PATH), target }));
  expect(busy).toMatchObject({ code: 'TARGET_BUSY' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await storage.download({ url: server.sign('GET', PATH), target });
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

const PEAK_MIB = `
  // Of this program alone: resourceUsage() still counts what the parent had when it forked.
  const status = require('node:fs').readFileSync('/proc/self/status', 'latin1');
  console.log(Number(/VmHWM:\\s+(\\d+)/.exec(status)[1]) / 1024);
`;

test.each(['upload', 'download'])('The memory of an %s does not grow with the size of the file', async (step) => {
  const peak = async (name: string, size: number): Promise<number> => {
    const { source, bytes } = await scratch.file(name, size);
    const path = `${CONTAINER}/${name}`;
    const target = scratch.path(`in/${name}`);
    const method = step === 'upload' ? 'PUT' : 'GET';
    if (method === 'GET') server.put(path, bytes);
    const script = `
      const client = createStorage();
      client[argument.step](argument).then(() => client.close()).then(() => { ${PEAK_MIB} });
    `;
    const mib = Number(await outputOf(compiled.run(script, { step, url: server.sign(method, path), source, target })));
    expect(server.objects.get(path)?.etag).toBe(md5(bytes));
    return mib;
  };
  const small = await peak('small', MIB);
  const large = await peak('large', 160 * MIB);
  // What a stream has let go of waits for the garbage collector: some tens of MiB, however large the file is.
  expect(large - small).toBeLessThan(100);
});
