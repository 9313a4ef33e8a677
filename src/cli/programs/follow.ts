/** Commands about transfers: their flags and help. */
import type * as Send from '../commands/send';
import type * as Fetch from '../commands/fetch';
import type * as Status from '../commands/status';
import type * as List from '../commands/list';
import type * as Watch from '../commands/watch';
import { addSteerCommands } from './steer';
import { countFlag, durationFlag } from '../flag-values';
import type { AddCommand } from './add-command';

/* Each command's code is loaded when it runs, so that others start without it. */
const load = {
  send: () => (require('../commands/send') as typeof Send).runSend,
  fetch: () => (require('../commands/fetch') as typeof Fetch).runFetch,
  status: () => (require('../commands/status') as typeof Status).runStatus,
  list: () => (require('../commands/list') as typeof List).runList,
  watch: () => (require('../commands/watch') as typeof Watch).runWatch,
};

export function addFollowCommands(add: AddCommand): void {
  addSend(add);
  addFetch(add);
  add('status [id]', 'one transfer, or without an ID the health of everything', load.status).addHelpText(
    'after',
    `
Any unique beginning of an ID will do.

Examples:
  $ ferry status                        Temporal, workers by host, transfers by state
  $ ferry status acme-plan-7kq2         was it published? which attempt, next try, what to do
  $ ferry status acme-plan --json       {"type":"status","v":1,"transferId":...}
`,
  );
  addList(add);
  add('watch <id>', 'follow a transfer to its end', load.watch)
    .option('--timeout <time>', 'stop following after this long, exit 5; the transfer goes on', durationFlag)
    .addHelpText(
      'after',
      `
Examples:
  $ ferry watch acme-plan-7kq2
  $ ferry watch acme-plan --timeout 5m
  $ ferry watch acme-plan --json        one event a line, then the receipt or the error
`,
    );
  addSteerCommands(add);
}

function addSend(add: AddCommand): void {
  add('send [files...]', 'send files into a conversation and follow them', load.send)
    .option('--account <name>', 'account of ferry.toml (default: its defaultAccount)')
    .option('--consumer <name>', "consumer to speak as (default: the account's)")
    .option('--conversation <id>', "an open conversation to use (default: the consumer's open one, or a new one)")
    .option('--caption <text>', 'caption of the message, at most 1,000 characters')
    .option('--fetch-to <dir>', 'fetch every file back into this directory and compare')
    .option('--verify', 'fetch every file back and compare, keep nothing')
    .option('--detach', 'start the transfers, print one status a file and leave')
    .option('--again', 'send once more what was sent already')
    .option('--id <id>', 'id of the transfer (one file only)')
    .option('--host <host>', 'the files lie on this host; paths are its own')
    .option('--dry-run', 'say what would be sent where; start nothing')
    .option('--files-from <file>', 'read file names from FILE or - (one a line, or NUL separated)')
    .option('--skip-bad', 'send the rest when some files are refused (exit 3)')
    .option('--deadline <time>', 'park it when it has taken this long (default: 7d)', durationFlag)
    .option('--timeout <time>', 'stop following after this long, exit 5; the transfers go on', durationFlag)
    .addHelpText(
      'after',
      `
All files are looked at before any is sent. The same command again sends nothing twice.

Examples:
  $ ferry send plan.jpg
  $ ferry send a.jpg b.png --fetch-to out --json
  $ ferry send plan.jpg --account acme --conversation 3f1c... --caption 'The plan'
  $ find out -name '*.jpg' -print0 | ferry send --files-from - --skip-bad
  $ ferry send *.png --detach           start them, follow later with ferry watch
`,
    );
}

function addFetch(add: AddCommand): void {
  add('fetch <id-or-path>', 'fetch the file of a transfer, or of a relativePath', load.fetch)
    .option('--to <path>', 'file to write, or an existing directory (required)')
    .option('--account <name>', 'account of ferry.toml, with a relativePath')
    .option('--consumer <name>', 'consumer to whom the file belongs, with a relativePath')
    .option('--host <host>', 'write it on this host')
    .option('--detach', 'start it and leave')
    .option('--deadline <time>', 'park it when it has taken this long (default: 7d)', durationFlag)
    .option('--timeout <time>', 'stop following after this long, exit 5; it goes on', durationFlag)
    .addHelpText(
      'after',
      `
Examples:
  $ ferry fetch acme-plan-7kq2 --to /data/in
  $ ferry fetch /v1/AUTH_async-images/12345678/8d5e.JPG --account acme --to plan.jpg
`,
    );
}

function addList(add: AddCommand): void {
  add('list', 'transfers, newest first', load.list)
    .option('--running', 'only those that run')
    .option('--waiting', 'only those that wait for something that heals by itself')
    .option('--parked', 'only those that wait for a person')
    .option('--failed', 'only those that failed')
    .option('--done', 'only those that are done')
    .option('--account <name>', 'only those of this account')
    .option('--since <time>', 'only those started in this time, such as 24h', durationFlag)
    .option('--limit <count>', 'at most so many (default: 50)', countFlag)
    .addHelpText(
      'after',
      `
Examples:
  $ ferry list
  $ ferry list --waiting --failed --since 24h
  $ ferry list --json --limit 1000 | jq -r .transferId
`,
    );
}
