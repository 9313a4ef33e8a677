/** Reads the sandbox's own pages, to check the other side. */
import { z } from 'zod';

const Message = z.object({ conversationId: z.string(), sequence: z.number(), relativePath: z.string().optional() });
const Request = z.object({
  over: z.string(),
  method: z.string().optional(),
  path: z.string().optional(),
  status: z.number().optional(),
  bytesIn: z.number(),
});

export type SandboxMessage = z.infer<typeof Message>;
export type SandboxRequest = z.infer<typeof Request>;

export async function sandboxMessages(url: string): Promise<SandboxMessage[]> {
  const response = await fetch(`${url}/_sandbox/messages`);
  return z.array(Message).parse(await response.json());
}

/** The PUTs to storage, oldest first. */
export async function sandboxUploads(url: string): Promise<SandboxRequest[]> {
  const response = await fetch(`${url}/_sandbox/requests`);
  return z
    .array(Request)
    .parse(await response.json())
    .filter(({ method }) => method === 'PUT');
}

/** The sandbox delays the next upload by this time, so that a link with a shorter life expires. */
export async function delayNextUpload(url: string, delayMs: number): Promise<void> {
  const rule = { at: 'put', do: { delayMs }, times: 1 };
  const response = await fetch(`${url}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rule),
  });
  if (!response.ok) throw new Error(`the sandbox did not take a fault: ${response.status}`);
}
