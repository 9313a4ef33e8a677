import { tempUrlSignature } from './temp-url';
import type { UrlSigner } from '../types';

/** Signs as LivePerson does: HMAC-SHA1 in hex, `temp_url_expires` = floor(now + life) in Unix seconds. */
export function createUrlSigner(
  key: string,
  lifeSeconds: number,
  signed: (method: 'PUT' | 'GET', relativePath: string) => void = () => undefined,
): UrlSigner {
  const sign = (method: string, relativePath: string, expires: number) => ({
    temp_url_sig: tempUrlSignature('sha1', key, `${method}\n${expires}\n${relativePath}`),
    temp_url_expires: String(expires),
  });
  return {
    sign(method, relativePath) {
      signed(method, relativePath);
      return sign(method, relativePath, Math.floor(Date.now() / 1000 + lifeSeconds));
    },
    signExpired(method, relativePath) {
      return sign(method, relativePath, Math.floor(Date.now() / 1000) - 1);
    },
  };
}
