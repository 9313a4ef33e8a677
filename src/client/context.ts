import type { SourceInspection } from './options';
import type { Temporal } from './temporal';
import type { Workers } from './workers';

/** What every part of the client works with. */
export interface ClientContext {
  readonly server: Temporal;
  readonly hostId: string;
  readonly workers: Workers;
  readonly inspect: (file: string) => Promise<SourceInspection>;
  /** The md5 of a file of this machine, lower-case hex. SOURCE_MISSING, SOURCE_UNREADABLE. */
  readonly digest: (path: string) => Promise<string>;
  /** Of this client, right now; the more there are, the more slowly each one looks. */
  readonly watchers: { count: number };
}
