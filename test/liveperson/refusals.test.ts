import { ERROR_CODES } from '../../src/errors';
import { REFUSALS } from '../../src/liveperson';
import { refusalError } from '../../src/liveperson/refusals';
import { setUp, tearDown } from './support/harness';
import { reply, tokenOf } from './support/stub';

afterEach(tearDown);

const FILE = { sizeBytes: 1, fileType: 'PNG' };

describe('refusals of the messaging service', () => {
  it.each([
    [403, { errorCode: 40_301 }, 'FILE_SHARING_OFF'],
    [403, 'File sharing is disabled for this site', 'FILE_SHARING_OFF'],
    [400, { errorCode: '40010' }, 'TYPE_NOT_ALLOWED'],
    [400, { errorCode: 40_011 }, 'TOO_LARGE'],
    [401, { title: 'Invalid ConsumerJWS', errorCode: 40_103 }, 'TOKEN_EXPIRED'],
    [404, undefined, 'REQUEST_REFUSED'],
    [451, undefined, 'ACCOUNT_BLOCKED'],
    [502, undefined, 'MESSAGING_UNAVAILABLE'],
    [100, undefined, 'PROTOCOL_ERROR'],
    [999, undefined, 'PROTOCOL_ERROR'],
  ] as const)('%i with %j to an upload link is %s', async (code, body, expected) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      reply(frame, code, body);
      return true;
    };
    await expect(liveperson.session(stub.account, tokenOf('sub-1')).requestUploadUrl(FILE)).rejects.toMatchObject({
      code: expected,
    });
  });

  it.each([
    [403, 'NOT_PARTICIPANT'],
    [404, 'OBJECT_MISSING'],
  ] as const)('%i to a download link is %s', (code, expected) => {
    expect(refusalError({ code, errorCode: null, text: '' }, 'download-url', []).code).toBe(expected);
  });

  it('can be told apart further by rules of the account, which come first', async () => {
    const { stub, liveperson } = await setUp();
    const account = {
      ...stub.account,
      refusals: [{ errorCode: 40_377, is: 'TOO_LARGE', origin: 'configured' }],
    } as const;
    stub.onFrame = (frame) => {
      reply(frame, 403, { errorCode: 40_377 });
      return true;
    };
    await expect(liveperson.session(account, tokenOf('sub-1')).requestUploadUrl(FILE)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it('say what the service said, on one line, short, and without anything that looks like a secret', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';
    const text = `Refused\r\n\u001b[31m jwt ${jwt} temp_url_sig=${'a'.repeat(40)}&x ${'long '.repeat(100)}`;
    const { message } = refusalError({ code: 400, errorCode: 40_099, text }, 'publish', []);
    expect(message).toMatch(/^The messaging service answered 400, error 40099 to the publishing/);
    expect(message).not.toMatch(/\p{Cc}|eyJ|aaaa/u);
    expect(message.length).toBeLessThan(320);
  });

  it('all have a code of the table, and the last rules leave no 4xx and 5xx without one', () => {
    expect(REFUSALS.every((rule) => ERROR_CODES.includes(rule.is))).toBe(true);
    for (let code = 400; code < 600; code++) {
      expect(refusalError({ code, errorCode: null, text: '' }, 'connect', []).code).not.toBe('PROTOCOL_ERROR');
    }
  });
});
