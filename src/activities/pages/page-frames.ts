import { FerryError, toFerryError } from '../../errors';
import { askedOf, type DeliveredLine, type PublishPageInput } from '../../contract';
import type { Intent, SentReceipt } from '../../ledger';
import type { ActivityDeps } from '../deps';
import type { Found } from '../publish-look';
import { previewOf } from '../publish-preview';
import type { Frame } from '../publish-send';
import { intentTime } from '../settling';
import { endOf } from './line-results';

/** The message of a line. */
export interface LineFrame extends Frame {
  readonly of: DeliveredLine;
  /** Publishes of this line that may have had an effect. */
  readonly intents: readonly Intent[];
}

/** An existing message whose receipt is not durable yet. */
export interface Message {
  readonly frame: LineFrame;
  readonly found: Found;
  /** True when another transfer sent the message. */
  readonly isOthers: boolean;
}

/** @param known the intents in the ledger of this host */
export function frameOf(deps: ActivityDeps, of: DeliveredLine, known: readonly Intent[]): LineFrame {
  const { line, name, fileType, relativePath, md5, sha256 } = of;
  const { transferId, caption, sendKey } = line;
  const preview = () => previewOf(deps, { ...line, fileType }, sha256);
  const intents = [...known, ...intentsElsewhere(of, known)];
  return { of, intents, transferId, name, fileType, relativePath, caption, md5, sendKey, preview };
}

/** What earlier passes left open on hosts whose ledger this host does not have. */
function intentsElsewhere({ line, md5 }: DeliveredLine, known: readonly Intent[]): readonly Intent[] {
  const { transferId, sendKey, perhapsSent = [] } = line;
  const paths = new Set(known.map(({ relativePath }) => relativePath));
  return perhapsSent
    .filter((open) => open.md5 === md5 && !paths.has(open.relativePath))
    .map(({ settledAt, ...place }) => ({ transferId, sendKey, ...place, at: intentTime(settledAt) }));
}

export function receiptOf(
  { host, page }: Pick<PublishPageInput, 'host' | 'page'>,
  { frame, found, isOthers }: Message,
  startedAt: string,
): SentReceipt {
  const { line, fileType, md5, sha256, urlRenewals, bytesSent } = frame.of;
  const { account, consumer } = page;
  const { transferId, source, caption, sizeBytes } = line;
  return {
    transferId,
    source,
    host,
    account,
    consumer,
    ...found,
    caption,
    fileType,
    sizeBytes,
    md5,
    sha256,
    fetchedTo: null,
    urlRenewals,
    bytesSent,
    bytesFetched: 0,
    repeated: isOthers,
    startedAt,
    finishedAt: new Date().toISOString(),
    ...askedOf(page),
  };
}

/** A message may exist in spite of the error, so the next attempt has to look. */
export function asLost(thrown: unknown, what: string): unknown {
  const error = toFerryError(thrown);
  if (endOf(error) === null) return thrown;
  return new FerryError('ANSWER_LOST', `Whether ${what} was published is not known: ${error.message}`, {
    cause: error,
  });
}
