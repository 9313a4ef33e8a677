import { loadPayloadKeyFile } from '../config';
import { startGateway, type Gateway } from '../web';
import type { PartsContext } from './parts';

/** The server in front of Temporal's web page. Its port stays the same while Temporal is restarted. */
export interface PageGateway {
  /** PORT_BUSY. */
  open(): Promise<void>;
  /** Sets the new address of Temporal's own page. */
  moved(uiUrl: string | null): void;
  close(): Promise<void>;
}

export function pageGateway({ paths, ports }: Pick<PartsContext, 'paths' | 'ports'>): PageGateway {
  let upstream: string | null = null;
  let gateway: Gateway | null = null;
  return {
    async open() {
      const keys = () => loadPayloadKeyFile(paths.root);
      gateway = await startGateway({ port: ports.ui, upstream: () => upstream, keys });
    },
    moved(uiUrl) {
      upstream = uiUrl;
    },
    async close() {
      await gateway?.close();
      gateway = null;
    },
  };
}
