/**
 * LivePerson's own tutorial ("Messaging Window API: File Sharing" and "Publish Images"), with its own frames and
 * command lines, in the tools of its shell. Differences: wscat 6.1.0 has no `-k 60` (that is wscat2), and the shell's
 * `set_site_property.sh` is not published; the one here makes the request of the same author's published sibling.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startSandboxProcess, type SandboxProcess } from './support/sandbox-process';
import { missingTools, TutorialShell, type Pasted } from './support/shell';

const SET_SITE_PROPERTY = `#!/bin/bash
curl -s -f -X PUT -H "Authorization: Bearer $1" -H "If-Match: -1" -H "Content-Type: application/json" \\
  -H "Accept: application/json" -d '{"id": "'$3'","type": 1,"propertyValue": {"value": "'$2'"},"deleted": "false"}' \\
  "https://$LP_ACCOUNTCONFIGREADWRITE/api/account/$LP_ACCOUNT/configuration/setting/properties/$3?v=3.0"
`;

const CONNECT = `wscat -H "Authorization:jwt $LP_JWT" -c "wss://$LP_ASYNCMESSAGINGENT/ws_api/account/$LP_ACCOUNT/messaging/consumer?v=3"`;
const LOGIN = `LP_BEARER=\`curl -c cookies -X POST -H "Content-Type: application/json" -H "Accept: application/json" -H "Cache-Control: no-cache" -d '{"username": "'$LP_USER'","password":"'$LP_PASS'"}' "https://$LP_AGENTVEP/api/account/$LP_ACCOUNT/login?v=1.1" | jq -r .bearer\``;
const SIGN_UP = 'LP_JWT=`curl -X POST https://$LP_IDP/api/account/$LP_ACCOUNT/signup | jq -r .jwt`';
const UPLOAD =
  'curl -i "https://${LP_SWIFT}$LP_REL_PATH?temp_url_sig=$LP_TUS&temp_url_expires=$LP_TUE" --upload-file LP_LOGO_1.png';
const DOWNLOAD =
  'curl -i "https://${LP_SWIFT}$LP_REL_PATH?temp_url_sig=$LP_TUS&temp_url_expires=$LP_TUE" --output my.png';
const CONVERSATION_FRAME = '{"kind":"req","id":1,"type":"cm.ConsumerRequestConversation"}';
const UPLOAD_FRAME =
  '{"kind":"req","id":"3","body":{"fileSize":1000,"fileType":"PNG"},"type":"ms.GenerateURLForUploadFile"    }';
const PUBLISH_FRAME =
  '{"kind":"req","id":"22","body":{"dialogId":"__CONVERSATION_ID__","event":{"type":"ContentEvent","message":{"caption":"LivePerson logo","relativePath":"__relative_path__","fileType":"PNG","preview":"data:image/png;base64,<Base64Image>"},"contentType":"hosted/file"}},"type":"ms.PublishEvent"}';
const DOWNLOAD_FRAME =
  '{"kind":"req","id":"33","body":{"relativePath":"__relative_path__"},"type":"ms.GenerateURLForDownloadFile"}';
const SUBSCRIBE_FRAME =
  '{"kind":"req","id":"5","type":"ms.SubscribeMessagingEvents","body":{"dialogId":"__ID__","fromSeq":0}}';

/** A thousand bytes: the tutorial's own frame says so, and the service compares at publish. */
const LOGO = Buffer.alloc(1000, 'logo');
Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(LOGO);

const missing = missingTools();
if (missing.length > 0) {
  const notice = `NOT TRIED: the tutorial's own command lines need ${missing.join(' and ')}, missing on this machine.`;
  // Without them, this test would prove nothing on a build machine and nobody would notice.
  if (process.env['CI'] !== undefined) throw new Error(notice);
  process.stderr.write(`\n${notice}\n\n`);
}
const describeWithTools = missing.length > 0 ? describe.skip : describe;

let sandbox: SandboxProcess;
let shell: TutorialShell;

async function openShell(...args: string[]): Promise<void> {
  sandbox = await startSandboxProcess(...args);
  const isSecure = args.includes('--tls');
  const plain = (line: string): string => line.replaceAll('https://', 'http://').replaceAll('wss://', 'ws://');
  const adapt = isSecure ? (line: string): string => line : plain;
  // How curl and Node get an authority without an option on their command lines.
  const trust = isSecure ? { CURL_CA_BUNDLE: sandbox.caFile, NODE_EXTRA_CA_CERTS: sandbox.caFile } : {};
  shell = new TutorialShell(sandbox.workDir, { LP_ACCOUNT: '12345678', ...trust }, adapt);
  writeFileSync(join(sandbox.workDir, 'LP_LOGO_1.png'), LOGO);
  writeFileSync(join(sandbox.workDir, 'set_site_property.sh'), adapt(SET_SITE_PROPERTY), { mode: 0o755 });
  await findHosts();
}

/** One variable for each service, named as the tutorial's shell names them. */
async function findHosts(): Promise<void> {
  const list = `.baseURIs[] | "LP_" + (.service | ascii_upcase) + "=" + .baseURI`;
  const discovery = `curl -s -f "https://${sandbox.host}/api/account/$LP_ACCOUNT/service/baseURI.json?version=1.0"`;
  for (const line of (await shell.run(`${discovery} | jq -r '${list}'`)).split('\n')) {
    const [name = '', value = ''] = line.split('=');
    shell.set(name, value);
  }
}

afterEach(async () => {
  await shell?.end();
  await sandbox?.end();
});

/** "We will extract the relativePath, temp_url_sig and temp_url_expires from this response." */
function extractUrl({ body }: Pasted): string {
  const { relativePath, queryParams } = body as { relativePath: string; queryParams: Record<string, string> };
  shell.set('LP_REL_PATH', relativePath);
  shell.set('LP_TUS', queryParams['temp_url_sig'] ?? '');
  shell.set('LP_TUE', queryParams['temp_url_expires'] ?? '');
  return relativePath;
}

async function logInAndEnable(): Promise<void> {
  shell.set('LP_USER', 'ops');
  shell.set('LP_PASS', 'sandbox');
  expect(await shell.assign(LOGIN)).toMatch(/^[0-9a-f]{64}$/);
  const stored = await shell.run('./set_site_property.sh $LP_BEARER true messaging.file.sharing.enabled');
  expect(JSON.parse(stored)).toMatchObject({ id: 'messaging.file.sharing.enabled', propertyValue: { value: 'true' } });
}

async function carryThroughAllSteps(): Promise<{ conversationId: string; relativePath: string }> {
  await logInAndEnable();
  expect(await shell.assign(SIGN_UP)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  const first = await shell.connect(CONNECT);
  const opened = await first.paste(CONVERSATION_FRAME, '1');
  expect(opened).toMatchObject({ kind: 'resp', reqId: '1', code: 200, type: 'cm.RequestConversationResponse' });
  const conversationId = String(opened.body?.['conversationId']);
  const relativePath = extractUrl(await first.paste(UPLOAD_FRAME, '3'));
  expect(relativePath).toMatch(/^\/v1\/AUTH_async-images\/12345678\/.+\.PNG$/);
  await first.interrupt();
  expect(await shell.run(UPLOAD)).toMatch(/HTTP\/1\.1 201 Created/);

  const second = await shell.connect(CONNECT);
  const frame = PUBLISH_FRAME.replace('__CONVERSATION_ID__', conversationId)
    .replace('__relative_path__', relativePath)
    .replace('<Base64Image>', LOGO.toString('base64'));
  expect(await second.paste(frame, '22')).toMatchObject({
    code: 200,
    type: 'ms.PublishEventResponse',
    body: { sequence: 0 },
  });
  extractUrl(await second.paste(DOWNLOAD_FRAME.replace('__relative_path__', relativePath), '33'));
  await second.paste(SUBSCRIBE_FRAME.replace('__ID__', conversationId), '5');
  const told = await second.frame(({ type }) => type === 'ms.MessagingEventNotification');
  expect(JSON.stringify(told.body)).toContain(relativePath);
  await second.interrupt();
  await shell.run(DOWNLOAD);
  return { conversationId, relativePath };
}

async function checkWhatArrived(conversationId: string, relativePath: string): Promise<void> {
  // With -i the tutorial's last line writes the head of the answer into the picture as well.
  const saved = readFileSync(join(sandbox.workDir, 'my.png'));
  expect(saved.subarray(0, 15).toString()).toBe('HTTP/1.1 200 OK');
  expect(saved.subarray(-LOGO.length)).toEqual(LOGO);
  await shell.run(DOWNLOAD.replace('curl -i', 'curl -f'));
  expect(readFileSync(join(sandbox.workDir, 'my.png'))).toEqual(LOGO);
  expect(await sandbox.page('messages')).toEqual([
    {
      conversationId,
      dialogId: conversationId,
      sequence: 0,
      originatorId: expect.any(String),
      contentType: 'hosted/file',
      relativePath,
      fileType: 'PNG',
      caption: 'LivePerson logo',
    },
  ]);
}

describeWithTools("LivePerson's file-sharing tutorial", () => {
  it.each([
    ['unchanged, over https and wss', ['--tls']],
    ['over plain http and ws', []],
  ])('goes through all seven steps with its own frames and command lines, %s', async (_how, args) => {
    await openShell(...args);
    const { conversationId, relativePath } = await carryThroughAllSteps();
    await checkWhatArrived(conversationId, relativePath);
    expect(await sandbox.page('objects')).toMatchObject([{ relativePath, sizeBytes: LOGO.length }]);
  });

  it('shows what its readers run into: the property off, the extra slash, a link of the other step, an old link', async () => {
    await openShell('--url-life', '1');
    await shell.assign(SIGN_UP);
    const session = await shell.connect(CONNECT);
    await session.paste(CONVERSATION_FRAME, '1');
    expect(await session.paste(UPLOAD_FRAME, '3')).toMatchObject({ code: 403, type: '.ReqBody$ErrorResp' });
    await logInAndEnable();
    extractUrl(await session.paste(UPLOAD_FRAME.replace('"3"', '"4"'), '4'));
    const invalid = '401 Unauthorized: Temp URL invalid';
    expect(await shell.run(UPLOAD.replace('{LP_SWIFT}', '{LP_SWIFT}/'))).toContain(invalid);
    expect(await shell.run(`${DOWNLOAD} && cat my.png`)).toContain(invalid);
    const expired = 'while [ "$(date +%s)" -lt "$LP_TUE" ]; do sleep 0.05; done';
    expect(await shell.run(`${expired}; ${UPLOAD}`)).toContain(invalid);
    expect(await sandbox.page('objects')).toEqual([]);
  });

  it('takes the same frame as an argument of wscat, and refuses a token that was not given here', async () => {
    await openShell();
    await shell.assign(SIGN_UP);
    const answer = await shell.run(`${CONNECT} -x '${CONVERSATION_FRAME}' -w 1`);
    expect(JSON.parse(answer)).toMatchObject({ reqId: '1', code: 200 });
    shell.set('LP_JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl');
    await expect(shell.run(`${CONNECT} -x '${CONVERSATION_FRAME}' -w 1`)).rejects.toMatchObject({
      stderr: expect.stringContaining('Unexpected server response: 401'),
    });
    expect(await sandbox.page('conversations')).toHaveLength(1);
  });
});
