import type { MessagingDeps } from '../types';
import type { Behaviour } from './behaviour';
import type { Answer, Frame } from './frames';
import type { Ledger } from './ledger';
import type { Identity, Session } from './session';
import type { TokenAuthority } from './token-authority';

/** What the sockets share. */
export interface Context {
  readonly deps: MessagingDeps;
  readonly behaviour: Behaviour;
  readonly ledger: Ledger;
  readonly authority: TokenAuthority;
  readonly sessions: Set<Session>;
  /** Consumers whose conversation is being opened but not visible yet. */
  readonly opening: Set<string>;
  /** Waits for a fault's delay; cut short when the sandbox closes. */
  pause(delayMs: number): Promise<void>;
}

/** A fault that spoils a signed URL instead of the request. */
export type Spoil = 'expired' | 'corrupt' | null;

export interface Call {
  readonly frame: Frame;
  readonly session: Session;
  readonly identity: Identity;
  readonly context: Context;
  readonly spoil: Spoil;
}

/** Throws a Refusal for whatever must not be done. */
export type RequestHandler = (call: Call) => Answer | Promise<Answer>;
