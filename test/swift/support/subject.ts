import { createHash, createHmac, randomUUID } from 'node:crypto';
import { rawConnection, rawHead, send, type RawConnection, type Received } from '../../../sandbox/test/support/http';

/** A storage under test: ours, or a real Swift. */
export interface Subject {
  /** `http://host:port` */
  readonly url: string;
  /** `/v1/account/container` */
  readonly container: string;
  readonly key: string;
}

export interface Signing {
  readonly signedMethod?: string;
  /** As it stands in the query. */
  readonly expires?: string | number;
  /** As it stands in the signed message; the same unless said. */
  readonly signedExpires?: string | number;
  readonly digest?: 'sha1' | 'sha256' | 'sha512';
  /** Further query, beginning with `&`. */
  readonly query?: string;
  /** Path as it goes over the wire; the signed one percent-encoded unless said. */
  readonly wirePath?: string;
}

export interface Asking extends Signing {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** Requests of a test to the subject, on objects that no other test knows. */
export class Talk {
  private readonly subject: Subject;
  private readonly mark = randomUUID();

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** A full path for a name of this test's own. */
  path(name: string): string {
    return `${this.subject.container}/${this.mark}-${name}`;
  }

  link(method: string, path: string, signing: Signing = {}): string {
    const expires = signing.expires ?? Math.floor(Date.now() / 1000) + 60;
    const message = `${signing.signedMethod ?? method}\n${signing.signedExpires ?? expires}\n${path}`;
    const sig = createHmac(signing.digest ?? 'sha256', this.subject.key)
      .update(message)
      .digest('hex');
    const wirePath = signing.wirePath ?? path.split('/').map(encodeURIComponent).join('/');
    const query = `temp_url_sig=${sig}&temp_url_expires=${encodeURIComponent(expires)}${signing.query ?? ''}`;
    return `${this.subject.url}${wirePath}?${query}`;
  }

  /** On a full path, or on a name of this test's own. */
  ask(method: string, name: string, asking: Asking = {}): Promise<Received> {
    const path = name.startsWith('/') ? name : this.path(name);
    return send(method, this.link(method, path, asking), asking);
  }

  async put(name: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<void> {
    const { status } = await this.ask('PUT', name, { body, headers });
    if (status !== 201) throw new Error(`the object for the test could not be stored: ${status}`);
  }

  /** Content that is there now; null when there is none. */
  async content(name: string): Promise<string | null> {
    const { status, text } = await this.ask('GET', name);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`the object could not be looked at: ${status}`);
    return text;
  }

  /** A connection of its own on which the head of this request was written, and nothing else. */
  async begin(
    method: string,
    name: string,
    headers: Record<string, string | number>,
    signing: Signing = {},
  ): Promise<RawConnection> {
    const connection = await rawConnection(this.subject.url);
    connection.write(rawHead(method, this.link(method, this.path(name), signing), headers));
    return connection;
  }
}

export const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');

export { eventually, type RawConnection, type Received } from '../../../sandbox/test/support/http';
