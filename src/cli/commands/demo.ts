import type { CommandEnvironment } from '../command';
import { EXIT, type ExitCode } from '../exit-codes';
export async function runDemo(_environment: CommandEnvironment): Promise<ExitCode> {
  return Promise.resolve(EXIT.fault);
}
