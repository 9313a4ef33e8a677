import { FerryError } from '../../src/errors';
import { parseResponseHead } from '../../src/storage/response-head';

const parse = (text: string): ReturnType<typeof parseResponseHead> => parseResponseHead(Buffer.from(text, 'latin1'));

test('Status and headers are read, names in lower case, the body left alone', () => {
  const head = 'HTTP/1.1 206 Partial Content\r\nETag: "abc"\r\nContent-Length:  12 \r\nX-Empty:\r\n\r\n';
  expect(parse(`${head}body`)).toEqual({
    status: 206,
    headers: { etag: '"abc"', 'content-length': '12', 'x-empty': '' },
    length: head.length,
  });
});

test('A head that has not come whole is none, byte for byte', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n';
  for (let length = 0; length < head.length; length += 1) expect(parse(head.slice(0, length))).toBeNull();
  expect(parse(head)?.status).toBe(200);
});

test('Interim answers are skipped', () => {
  const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n';
  expect(parse(text)).toMatchObject({ status: 404, length: text.length });
  expect(parse('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2')).toBeNull();
});

test('Beside a transfer coding no length is reported, for it would be a lie', () => {
  const headers = parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n')?.headers;
  expect(headers).toEqual({ 'transfer-encoding': 'chunked' });
});

test.each([
  'SSH-2.0-OpenSSH\r\n\r\n',
  'HTTP/2 200\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\nname : value\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
  'HTTP/1.1 200 OK\r\nname: value\r\n folded\r\n\r\n',
])('What is not HTTP/1.1 is PROTOCOL_ERROR: %j', (text) => {
  expect(() => parse(text)).toThrow(FerryError);
});

test('A header named __proto__ is a header like any other', () => {
  expect(parse('HTTP/1.1 200 OK\r\n__proto__: x\r\n\r\n')?.headers['__proto__']).toBe('x');
});
