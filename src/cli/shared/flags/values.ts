import { InvalidArgumentError, type Command } from 'commander';
import { MOST_LANES } from '../../../contract';
import { isErrorCode, type ErrorCode } from '../../../errors/table';
import { parseBytes } from '../../../lib/bandwidth';
import { parseDuration } from '../output/durations';
import { usageError } from '../output/output';

/** Parsers of flag values. A value that they refuse ends the command with exit 2 and their sentence. */

export function durationFlag(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write a time such as 90s, 5m, 24h or 7d.');
  return ms;
}

export function portFlag(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Write a port from 0 to 65535; 0 picks one.');
  return port;
}

export function addressFlag(text: string): string {
  const [, port] = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('Write host:port, such as 127.0.0.1:9465.');
  }
  return text;
}

export function countFlag(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Write a whole number greater than 0.');
  }
  return value;
}

/** An amount of bytes, such as 10M; Infinity for `off`. */
export function amountFlag(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === null) throw new InvalidArgumentError('Write an amount with its unit, such as 512K, 10M or off.');
  return bytes;
}

export function rateFlag(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) throw new InvalidArgumentError('Write a number greater than 0.');
  return value;
}

export function secondsFlag(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) throw new InvalidArgumentError('Write seconds, such as 60.');
  return value;
}

/** One type, such as TXT. Whether the account takes it is known only later. */
export function typeFlag(text: string): string {
  const type = text.trim().replace(/^\./, '').toUpperCase();
  if (!/^[A-Z0-9]{2,8}$/.test(type)) throw new InvalidArgumentError('Write a type, such as JPG or TXT.');
  return type;
}

export function typesFlag(text: string): string[] {
  const types = text
    .split(',')
    .map((type) => type.trim().toUpperCase())
    .filter((type) => type !== '');
  if (types.length === 0) throw new InvalidArgumentError('Write types with commas, such as JPG,PNG,PDF.');
  return types;
}

/** An empty caption means no caption. For every other flag an empty value is a mistake. */
const MAY_BE_EMPTY = ['--caption'];

/** `--consumer "$WHO"` with WHO unset is a mistake of a script, and must not select another consumer or directory. */
export function refuseEmptyFlags(command: Command): void {
  for (const option of command.options) {
    const { long, flags, required } = option;
    const value: unknown = command.getOptionValue(option.attributeName());
    const empty = required && (value === '' || (Array.isArray(value) && value.includes('')));
    if (!empty || MAY_BE_EMPTY.includes(long ?? '')) continue;
    throw usageError(`Option '${flags}' has an empty value. Write one, or leave the option out.`);
  }
}

/** A code of the error table, in any case. */
export function codeFlag(text: string): ErrorCode {
  const code = text.trim().toUpperCase();
  if (!isErrorCode(code)) throw new InvalidArgumentError('ferry explain lists the codes.');
  return code;
}

export function lanesFlag(text: string): number {
  const lanes = countFlag(text);
  if (lanes > MOST_LANES) throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST_LANES}.`);
  return lanes;
}

/** A flag that may be given several times. */
export function repeatedFlag(text: string, given: readonly string[] = []): readonly string[] {
  return [...given, text];
}

export function hostsFlag(text: string): readonly string[] {
  const hosts = text.split(',').map((host) => host.trim());
  if (hosts.includes('')) throw new InvalidArgumentError('Write hosts with commas, such as a,b.');
  return [...new Set(hosts)];
}
