/**
 * The other rooms, each loaded at its first use: `ferry --help` must not wait for a gRPC library, and `ferry send` not
 * for a server. (`import()` is slower, and gives an ES module.)
 */
import type * as Undici from 'undici';
import type * as Client from '../../client';
import type * as Config from '../../config';
import type * as Files from '../../files';
import type * as Jobs from '../../jobs';
import type * as Evidence from '../../evidence';
import type * as Ledger from '../../ledger';
import type * as LivePerson from '../../liveperson';
import type * as Notify from '../../notify';
import type * as Secrets from '../../secrets';
import type * as Supervisor from '../../supervisor';
import type * as UpFile from '../../config/up-file';
import type * as Web from '../../web';
import type * as Worker from '../../worker/index';
import type * as WorkerProcess from '../../worker/process';

export const lazy = {
  client: () => require('../../client') as typeof Client,
  config: () => require('../../config') as typeof Config,
  files: () => require('../../files') as typeof Files,
  jobs: () => require('../../jobs') as typeof Jobs,
  evidence: () => require('../../evidence') as typeof Evidence,
  ledger: () => require('../../ledger') as typeof Ledger,
  liveperson: () => require('../../liveperson') as typeof LivePerson,
  notify: () => require('../../notify') as typeof Notify,
  secrets: () => require('../../secrets') as typeof Secrets,
  supervisor: () => require('../../supervisor') as typeof Supervisor,
  undici: () => require('undici') as typeof Undici,
  upFile: () => require('../../config/up-file') as typeof UpFile,
  web: () => require('../../web') as typeof Web,
  worker: () => require('../../worker/index') as typeof Worker,
  workerProcess: () => require('../../worker/process') as typeof WorkerProcess,
};
