import { readAction } from './fault-action';
import type { FaultAction, FaultPoint, FaultRule, Faults } from './types';

const POINTS = ['csds', 'login', 'property', 'signup', 'socket', 'put', 'get', 'head'];

/** The rules in force, in the order in which they came. Not kept over a restart. */
export class FaultList implements Faults {
  private list: FaultRule[] = [];

  take(point: FaultPoint): FaultAction | null {
    const index = this.list.findIndex((rule) => rule.at === point && rule.times !== 0);
    const rule = this.list[index];
    if (rule === undefined) return null;
    if (rule.times !== undefined) this.list[index] = { ...rule, times: rule.times - 1 };
    // 1006 never travels in a frame: it is what a peer notes when the connection goes away without one.
    return typeof rule.do === 'object' && 'closeCode' in rule.do && rule.do.closeCode === 1006
      ? 'drop-before'
      : rule.do;
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
    throw new Error('A rule is an object with "at", "do" and perhaps "times".');
  }
  const rule = value as Record<string, unknown>;
  const unknown = Object.keys(rule).find((key) => !['at', 'do', 'times'].includes(key));
  if (unknown !== undefined) throw new Error(`A rule has no "${unknown}"; it has "at", "do" and perhaps "times".`);
  const at = readPoint(rule['at']);
  const action = readAction(rule['do']);
  const times = rule['times'];
  if (times === undefined) return { at, do: action };
  if (typeof times !== 'number' || !Number.isSafeInteger(times) || times < 1) {
    throw new Error('"times" is a whole number of at least 1; without it the rule holds until it is deleted.');
  }
  return { at, do: action, times };
}

function readPoint(value: unknown): FaultPoint {
  if (typeof value === 'string' && (POINTS.includes(value) || /^request:\S+$/.test(value))) return value;
  throw new Error(`"at" is one of ${POINTS.join(', ')} or request:<type>, not ${JSON.stringify(value) ?? 'absent'}.`);
}
