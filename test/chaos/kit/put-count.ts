import type { RequestRecord } from '../../../sandbox/types';
import type { SandboxView } from './sandbox-view';

/** What went over the wire as bodies of uploads, over all lives of the sandbox, as far as it could be seen. */
export interface PutCount {
  readonly puts: number;
  /** Answered 201: stored, whole or damaged. */
  readonly stored: number;
  readonly bytes: number;
  /** Upload bytes seen by those lives of the sandbox that ended between two looks are missing. */
  readonly missedLooks: number;
}

/** The sandbox forgets its journal of requests when it dies: it is read now and then, and just before. */
export class PutCounter {
  private readonly view: SandboxView;
  private readonly lives: (readonly RequestRecord[])[] = [[]];
  private missed = 0;

  constructor(view: SandboxView) {
    this.view = view;
  }

  async look(): Promise<void> {
    const requests = await this.view.requests().catch(() => null);
    if (requests === null) {
      this.missed += 1;
      return;
    }
    const last = this.lives.at(-1)!;
    const puts = requests.filter(({ method }) => method === 'PUT');
    // Another life, though nobody said so: it starts again.
    if (last.length > puts.length || (last[0] !== undefined && last[0].at !== puts[0]?.at)) this.lives.push(puts);
    else this.lives[this.lives.length - 1] = puts;
  }

  get now(): PutCount {
    const all = this.lives.flat().filter(({ path }) => path?.startsWith('/v1/') === true);
    return {
      puts: all.length,
      stored: all.filter(({ status }) => status === 201).length,
      bytes: all.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
      missedLooks: this.missed,
    };
  }
}
