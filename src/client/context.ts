import type { SourceInspection } from './options';
import type { Temporal } from './temporal';
import type { Workers } from './workers';

/** What all parts of the client share. */
export interface ClientContext {
  readonly server: Temporal;
  readonly hostId: string;
  readonly workers: Workers;
  readonly inspect: (file: string) => Promise<SourceInspection>;
  /** The md5 of a file of this machine, lower-case hex. SOURCE_MISSING, SOURCE_UNREADABLE. */
  readonly digest: (path: string) => Promise<string>;
  /** The watchers of this client. The more watchers there are, the less often each of them looks. */
  readonly watchers: { count: number };
}
