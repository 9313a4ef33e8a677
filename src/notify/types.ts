import type { NoticeGroup } from '../contract';

export const NOTICE_FORMATS = ['standard', 'slack', 'teams'] as const;
export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

/** Where notices go, with its secrets, read just now. */
export interface Destination {
  readonly name: string;
  readonly url: string;
  readonly format: NoticeFormat;
  /** Signs the message; null: it is not signed. As Standard Webhooks writes it: `whsec_` and base64. */
  readonly secret: string | null;
  /** Names of hosts that may have a private, loopback or link-local address, and may be spoken to by http. */
  readonly privateHosts: readonly string[];
}

export type Message =
  | { readonly id: string; readonly group: NoticeGroup }
  /** Of `ferry notify test`. */
  | { readonly id: string; readonly group: null };

export interface Delivery {
  /** `gone`: the receiver wants no more messages (410). */
  readonly outcome: 'delivered' | 'gone';
  readonly status: number;
}
