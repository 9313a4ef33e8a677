/** Messages to people's tools by webhook: signed, checked, in the form that the receiver takes. */
export { deliver } from './deliver';
export { NOTICE_FORMATS } from './types';
export type { Delivery, Destination, Message, NoticeFormat } from './types';
