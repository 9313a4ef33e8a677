import type { CommandDefinition, CommandGroup } from '../shared/command';
import { cancelCommand } from '../cancel/command';
import { completionCommand } from '../completion/command';
import { demoCommand } from '../demo/command';
import { doctorCommand } from '../doctor/command';
import { downCommand } from '../down/command';
import { explainCommand } from '../explain/command';
import { fetchCommand } from '../fetch/command';
import { initCommand } from '../init/command';
import { jobCommands } from '../job/command';
import { keysCommands } from '../keys/command';
import { ledgerCommand } from '../ledger/command';
import { limitCommand } from '../limit/command';
import { listCommand } from '../list/command';
import { notifyCommands } from '../notify/command';
import { pauseCommand } from '../pause/command';
import { receiptsCommand } from '../receipts/command';
import { resumeCommand } from '../resume/command';
import { retryCommand } from '../retry/command';
import { sandboxCommand } from '../sandbox/command';
import { scheduleCommands } from '../schedule/command';
import { sendCommand } from '../send/command';
import { statusCommand } from '../status/command';
import { trustCommand } from '../trust/command';
import { uiCommand } from '../ui/command';
import { upCommand } from '../up/command';
import { watchCommand } from '../watch/command';
import { workerCommand } from '../worker/command';

/** In the order in which `ferry --help` lists them: transfers, this machine, set-up and help. */
export const ALL_COMMANDS: readonly (CommandDefinition | CommandGroup)[] = [
  sendCommand,
  fetchCommand,
  statusCommand,
  listCommand,
  watchCommand,
  cancelCommand,
  pauseCommand,
  resumeCommand,
  retryCommand,
  jobCommands,
  limitCommand,
  scheduleCommands,
  demoCommand,
  upCommand,
  downCommand,
  uiCommand,
  workerCommand,
  sandboxCommand,
  notifyCommands,
  receiptsCommand,
  ledgerCommand,
  keysCommands,
  initCommand,
  trustCommand,
  doctorCommand,
  explainCommand,
  completionCommand,
];
