import { readAction } from './fault-action';
import type { LoadGauges } from './load';
import type { FaultAction, FaultPoint, FaultRule, Faults } from './types';

const POINTS = ['csds', 'login', 'property', 'signup', 'socket', 'put', 'get', 'head'];
const TRANSFER_POINTS: readonly FaultPoint[] = ['put', 'get', 'head'];
const KEYS = ['at', 'do', 'times', 'above'];

/** The rules in force, in the order in which they came. Not kept over a restart. */
export class FaultList implements Faults {
  private list: FaultRule[] = [];
  private readonly load: LoadGauges | undefined;

  /** @param load absent: `above` is never reached */
  constructor(load?: LoadGauges) {
    this.load = load;
  }

  take(point: FaultPoint): FaultAction | null {
    const index = this.list.findIndex(({ at, times, above }) => {
      return at === point && times !== 0 && (above === undefined || this.inFlight(point) > above);
    });
    const rule = this.list[index];
    if (rule === undefined) return null;
    if (rule.times !== undefined) this.list[index] = { ...rule, times: rule.times - 1 };
    // 1006 never travels in a frame: it is what a peer notes when the connection goes away without one.
    return typeof rule.do === 'object' && 'closeCode' in rule.do && rule.do.closeCode === 1006
      ? 'drop-before'
      : rule.do;
  }

  /** The request that asks is among them. */
  private inFlight(point: FaultPoint): number {
    const load = this.load?.read();
    return (TRANSFER_POINTS.includes(point) ? load?.transfers : load?.requests)?.inFlight ?? 0;
  }

  /** Used-up rules stay in the list with `times: 0`, so that it can be seen that they were used. */
  rules(): readonly FaultRule[] {
    return [...this.list];
  }

  add(rules: readonly FaultRule[]): void {
    this.list.push(...rules);
  }

  clear(): void {
    this.list = [];
  }
}

/**
 * Reads the body of `POST /_sandbox/faults`: one rule or an array of them; all are good or none is taken.
 * @throws Error with a sentence that says what is wrong with which rule
 */
export function readRules(body: string): FaultRule[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('The body is not JSON.');
  }
  const several = Array.isArray(value);
  const rules: unknown[] = several ? (value as unknown[]) : [value];
  return rules.map((rule, index) => {
    try {
      return readRule(rule);
    } catch (error) {
      const which = several ? `Rule ${index + 1} of ${rules.length}: ` : '';
      throw new Error(`${which}${(error as Error).message}`, { cause: error });
    }
  });
}

function readRule(value: unknown): FaultRule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('A rule is an object with "at", "do" and perhaps "times" and "above".');
  }
  const rule = value as Record<string, unknown>;
  const unknown = Object.keys(rule).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new Error(`A rule has no "${unknown}"; it has "at", "do" and perhaps "times" and "above".`);
  }
  const { times, above } = rule;
  if (times !== undefined && !isCount(times)) {
    throw new Error('"times" is a whole number of at least 1; without it the rule holds until it is deleted.');
  }
  if (above !== undefined && !isCount(above)) {
    throw new Error('"above" is a whole number of at least 1: more requests than this are in flight.');
  }
  return {
    at: readPoint(rule['at']),
    do: readAction(rule['do']),
    ...(times === undefined ? {} : { times }),
    ...(above === undefined ? {} : { above }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function readPoint(value: unknown): FaultPoint {
  if (typeof value === 'string' && (POINTS.includes(value) || /^request:\S+$/.test(value))) return value;
  throw new Error(`"at" is one of ${POINTS.join(', ')} or request:<type>, not ${JSON.stringify(value) ?? 'absent'}.`);
}
