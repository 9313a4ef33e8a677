/**
 * Where LivePerson's sources are silent or contradict each other the sandbox takes one side by default; these are the
 * other sides, for trying a client against both.
 */
export interface Behaviour {
  /** How long a socket may live without a valid token before it is closed with 4401. @default 10000 */
  readonly initDeadlineMs: number;
  /** Silence after which a socket is closed with 1001: the documented 60 s and a grace of 10 s. @default 70000 */
  readonly idleMs: number;
  /** Send a single element instead of an array of one, as the protocol allows. @default false */
  readonly singleElements: boolean;
  /** The documents name both types for the same answer. @default 'ms.GenerateURLResponse' */
  readonly urlAnswerType: 'ms.GenerateURLResponse' | 'ms.BaseGenerateURLResponse';
  /** Look at publish whether the object exists and has the declared size. @default true */
  readonly checkPublishedObject: boolean;
  /**
   * `many`: each cm.ConsumerRequestConversation opens another conversation, so that duplicates are visible;
   * `one`: 409 while the consumer has an open one.
   * @default 'many'
   */
  readonly openConversations: 'many' | 'one';
  /** Time until a change of a site property reaches the messaging side. @default 0 */
  readonly propertyDelayMs: number;
}

export const DEFAULT_BEHAVIOUR: Behaviour = {
  initDeadlineMs: 10_000,
  idleMs: 70_000,
  singleElements: false,
  urlAnswerType: 'ms.GenerateURLResponse',
  checkPublishedObject: true,
  openConversations: 'many',
  propertyDelayMs: 0,
};
