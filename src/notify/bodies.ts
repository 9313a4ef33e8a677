import type { Message, NoticeFormat } from './types';
import { wordsOf } from './words';

/** The body of a message, as JSON text. */
export function bodyOf(format: NoticeFormat, message: Message, now: Date): string {
  return JSON.stringify(BODIES[format](message, now));
}

const BODIES: Readonly<Record<NoticeFormat, (message: Message, now: Date) => object>> = {
  /** `type`, `timestamp` and `data`, as Standard Webhooks asks for. */
  standard({ group }, now) {
    const { title, lines } = wordsOf(group);
    const type = group === null ? 'ferry.test' : `ferry.${group.reason}`;
    const timestamp = group?.until ?? now.toISOString();
    return { type, timestamp, data: { v: 1, title, lines, ...group } };
  },
  /** An incoming webhook of Slack. `text` is what a notification on a phone shows. */
  slack({ group }) {
    const { title, lines } = wordsOf(group);
    const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text: escapeSlack(text) } });
    return {
      text: escapeSlack(title),
      blocks: [section(`*${title}*`), ...(lines.length === 0 ? [] : [section(lines.join('\n'))])],
    };
  },
  /** A workflow of Teams ("when a webhook request is received") that posts an adaptive card. */
  teams({ group }) {
    const { title, lines } = wordsOf(group);
    const block = (text: string, more: object = {}) => ({ type: 'TextBlock', text, wrap: true, ...more });
    const card = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [block(title, { weight: 'Bolder' }), ...lines.map((line) => block(line))],
    };
    return {
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }],
    };
  },
};

/** An account or an id must not become a link or a mention. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
