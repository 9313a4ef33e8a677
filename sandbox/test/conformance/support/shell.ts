import { execFile, spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { waitFor } from '../../../../test/support/wait-for';
import { endChild } from './sandbox-process';

const ROOT = join(__dirname, '../../../..');

/** What the tutorial's shell brings; wscat is one of our own dependencies. */
const TOOLS = ['bash', 'curl', 'jq'];

/** Names of the tools that this machine lacks. */
export function missingTools(): readonly string[] {
  return TOOLS.filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined);
}

/** A frame of the consumer socket, as text that a person pastes. */
export interface Pasted {
  readonly reqId?: string;
  readonly kind: string;
  readonly type: string;
  readonly code?: number;
  readonly body?: Readonly<Record<string, unknown>>;
}

/**
 * A shell like the tutorial's: variables stay from line to line, and every line is run as it stands, by bash.
 */
export class TutorialShell {
  private readonly directory: string;
  private readonly variables: Record<string, string>;
  private readonly adapt: (line: string) => string;
  private readonly running = new Set<WscatSession>();

  constructor(directory: string, variables: Record<string, string>, adapt: (line: string) => string) {
    this.directory = directory;
    this.variables = { ...variables };
    this.adapt = adapt;
  }

  set(name: string, value: string): void {
    this.variables[name] = value;
  }

  get(name: string): string {
    return this.variables[name] ?? '';
  }

  /** Runs the line and gives what it printed; fails as the line does. */
  async run(line: string): Promise<string> {
    const options = { cwd: this.directory, env: this.environment() };
    const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', this.adapt(line)], options);
    return stdout.trim();
  }

  /** `NAME=...` as the tutorial writes it: the variable is there for the lines after it. */
  async assign(line: string): Promise<string> {
    const name = line.slice(0, line.indexOf('='));
    const value = await this.run(`${line}\nprintf %s "$${name}"`);
    this.set(name, value);
    return value;
  }

  /** Starts the line's wscat; resolves when it is connected. */
  async connect(line: string): Promise<WscatSession> {
    const child = spawn('bash', ['-c', `exec ${this.adapt(line)}`], { cwd: this.directory, env: this.environment() });
    const session = new WscatSession(child);
    this.running.add(session);
    await session.connected();
    return session;
  }

  async end(): Promise<void> {
    for (const session of this.running) await session.interrupt();
  }

  private environment(): NodeJS.ProcessEnv {
    const path = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
    return { PATH: path, HOME: this.directory, ...this.variables };
  }
}

/** A wscat that somebody pastes frames into. */
export class WscatSession {
  readonly frames: Pasted[] = [];
  private readonly child: ChildProcessWithoutNullStreams;
  private errors = '';
  private rest = '';

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => this.take(chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString('utf8');
    });
  }

  /** Where there is no terminal wscat does not say that it is connected, and drops what is pasted before. */
  async connected(): Promise<void> {
    await waitFor(() => {
      this.failIfEnded();
      this.child.stdin.write('{"kind":"req","id":"hello","type":"KeepAlive"}\n');
      return this.frames.length > 0 ? true : undefined;
    });
    this.frames.splice(0);
  }

  /** Pastes the frame, in one line, and waits for the answer with this id. */
  async paste(frame: string, reqId: string): Promise<Pasted> {
    this.child.stdin.write(`${frame.replaceAll('\n', ' ')}\n`);
    return this.frame((each) => each.reqId === reqId);
  }

  /** A frame that has come, or comes. */
  async frame(condition: (frame: Pasted) => boolean): Promise<Pasted> {
    return waitFor(() => {
      const found = this.frames.find(condition);
      if (found === undefined) this.failIfEnded();
      return found;
    });
  }

  /** Ctrl+C, with which the tutorial ends it. */
  async interrupt(): Promise<void> {
    this.child.stdin.on('error', () => undefined);
    this.child.kill('SIGINT');
    await endChild(this.child);
  }

  private failIfEnded(): void {
    if (this.child.exitCode !== null) throw new Error(`wscat has ended: ${this.errors}`);
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      // readline repeats what is pasted, where there is no terminal, too.
      const frame = parse(line);
      if (frame !== null && frame.kind !== 'req') this.frames.push(frame);
    }
  }
}

function parse(line: string): Pasted | null {
  const from = line.indexOf('{');
  try {
    return from === -1 ? null : (JSON.parse(line.slice(from)) as Pasted);
  } catch {
    return null;
  }
}
