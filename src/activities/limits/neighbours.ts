import type { Neighbour } from '../../contract';

/** A process must be missed for so many looks: its connections are closed by then. */
const LOOKS = 2;

/**
 * Watches the processes of the other workers of this machine that hold a lease of the same account. A killed process
 * is missed within two seconds, long before the server misses its heartbeats.
 */
export class Neighbours {
  private readonly workerId: string;
  private readonly hasEnded: (neighbour: Neighbour) => boolean;
  private known: readonly Neighbour[] = [];
  private readonly missed = new Map<string, number>();

  /** @param hasEnded true only when the process can surely not send anything any more */
  constructor(workerId: string, hasEnded: (neighbour: Neighbour) => boolean) {
    this.workerId = workerId;
    this.hasEnded = hasEnded;
  }

  know(neighbours: readonly Neighbour[]): void {
    this.known = neighbours;
    const ids = new Set(neighbours.map(({ workerId }) => workerId));
    for (const workerId of this.missed.keys()) if (!ids.has(workerId)) this.missed.delete(workerId);
  }

  /** Call it once a second. Returns the workers to report: each of them once, by one of their neighbours at first. */
  look(): readonly string[] {
    const ended = this.known.filter((neighbour) => this.hasEnded(neighbour)).map(({ workerId }) => workerId);
    const before = this.known.filter(({ workerId }) => workerId < this.workerId && !ended.includes(workerId)).length;
    return ended.filter((workerId) => {
      const looks = (this.missed.get(workerId) ?? 0) + 1;
      this.missed.set(workerId, looks);
      return looks === LOOKS + before;
    });
  }
}
