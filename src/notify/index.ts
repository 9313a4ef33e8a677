/** Sends messages to webhooks: signed, with checked addresses, in the format of the receiver. */
export { deliver } from './deliver';
export { NOTICE_FORMATS } from './types';
export type { Delivery, Destination, Message, NoticeFormat } from './types';
