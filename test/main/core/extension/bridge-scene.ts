import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { PageTask } from '#protocol/contract/extension-page.ts';
import type { ExtensionState } from '#protocol/contract/extension.ts';
import { createExtensionBridge } from '#main/core/extension/bridge.ts';
import type { ExtensionBridge } from '#main/core/extension/ports.ts';
import { temporaryHome } from '../../temporary-home.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface BridgeScene {
  readonly bridge: ExtensionBridge;
  readonly states: readonly ExtensionState[];
  /** What the app says itself, beside the bridge. */
  readonly show: (state: ExtensionState) => void;
  readonly opened: readonly string[];
  readonly logs: readonly string[];
  /** The link in the state, once there is one. */
  readonly link: () => Promise<URL>;
  /** Its owner is asked about an account. */
  readonly confirming: () => Promise<void>;
  /** Asks the port of a link, free to lie in any header. */
  readonly ask: (path: string, asking?: Asking) => Promise<Answer>;
  /** Opens a link as a browser would; what it then asks carries the session. */
  readonly enter: () => Promise<Page>;
}

interface Page {
  readonly task: PageTask;
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, message: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A bridge on a free port, with a page of one line. */
export function startBridgeScene(expiryMs?: number): BridgeScene {
  const folder = join(temporaryHome(), 'page');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Page</title>');
  writeFileSync(join(folder, 'page.js'), 'run()');
  const states: ExtensionState[] = [];
  const opened: string[] = [];
  const logs: string[] = [];
  const watching = new Set<() => void>();
  const show = (state: ExtensionState): void => {
    states.push(state);
    for (const look of watching) look();
  };
  const bridge = createExtensionBridge({
    ...{ port: 0, nowMs: () => 1_000, folder },
    ...(expiryMs !== undefined && { expiryMs }),
    log: (_, message) => logs.push(message),
    onChange: show,
    openUrl: (url) => opened.push(url),
  });
  let port = 0;

  const until = <Result>(find: (state: ExtensionState | undefined) => Result | null): Promise<Result> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = find(states.at(-1));
        if (found === null) return;
        watching.delete(look);
        resolve(found);
      };
      watching.add(look);
      look();
    });
  const link = (): Promise<URL> =>
    until((state) => {
      if (state?.kind !== 'waiting-for-browser') return null;
      const url = new URL(state.url);
      port = Number(url.port);
      return url;
    });

  const ask = (path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      request.on('error', reject);
      request.end(body);
    });

  return {
    ...{ bridge, states, show, opened, logs, link, ask },
    confirming: async () => {
      await until((state) => (state?.kind === 'confirming' ? state : null));
    },
    enter: async () => {
      const url = await link();
      const { headers } = await ask(url.pathname + url.search);
      const cookie = headers['set-cookie']![0]!.split(';')[0]!;
      const own = { Cookie: cookie, Origin: url.origin, 'Content-Type': 'application/json' };
      const { body } = await ask('/task', { headers: own });
      return {
        task: JSON.parse(body) as PageTask,
        headers: own,
        get: (path) => ask(path, { headers: own }),
        post: (path, message, headers = {}) =>
          ask(path, { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(message) }),
      };
    },
  };
}
