import type { FaultRule, RequestRecord } from '../../../sandbox/types';

export interface SeenMessage {
  readonly conversationId: string;
  readonly sequence: number;
  readonly originatorId: string;
  readonly contentType: string;
  readonly relativePath?: string;
  readonly caption?: string;
}

export interface SeenObject {
  readonly relativePath: string;
  readonly sizeBytes: number;
  readonly md5: string;
}

export interface SeenConversation {
  readonly conversationId: string;
  readonly consumerId: string;
  readonly state: string;
}

/** How many at once, by kind; `peak`: the highest since the last reset. */
export type SeenLoad = Readonly<Record<'requests' | 'transfers', { readonly inFlight: number; readonly peak: number }>>;

/** What the other end knows. */
export interface SandboxView {
  messages(): Promise<readonly SeenMessage[]>;
  objects(): Promise<readonly SeenObject[]>;
  conversations(): Promise<readonly SeenConversation[]>;
  requests(): Promise<readonly RequestRecord[]>;
  faults(): Promise<readonly FaultRule[]>;
  addFault(rule: FaultRule): Promise<void>;
  addFaults(rules: readonly FaultRule[]): Promise<void>;
  clearFaults(): Promise<void>;
  /** Requests received and not yet answered. */
  load(): Promise<SeenLoad>;
  /** The peaks start again. */
  resetLoad(): Promise<void>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** @param answerWithinMs longer, and it is stopped or dead */
export function sandboxView(port: number, answerWithinMs = 2000): SandboxView {
  async function ask(page: string, init: RequestInit = {}): Promise<unknown> {
    const signal = AbortSignal.timeout(answerWithinMs);
    const answer = await fetch(`http://127.0.0.1:${port}/_sandbox/${page}`, { ...init, signal });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }
  const post = async (rules: FaultRule | readonly FaultRule[]): Promise<void> =>
    void (await ask('faults', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(rules) }));
  return {
    messages: async () => (await ask('messages')) as SeenMessage[],
    objects: async () => (await ask('objects')) as SeenObject[],
    conversations: async () => (await ask('conversations')) as SeenConversation[],
    requests: async () => (await ask('requests')) as RequestRecord[],
    faults: async () => (await ask('faults')) as FaultRule[],
    addFault: post,
    addFaults: post,
    clearFaults: async () => void (await ask('faults', { method: 'DELETE' })),
    load: async () => (await ask('load')) as SeenLoad,
    resetLoad: async () => void (await ask('load', { method: 'DELETE' })),
  };
}
