import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What happens to the line when a transaction goes over it: nothing, or it breaks before the node or its answer gets there. */
type AtSubmission = 'pass' | 'break-before-node' | 'break-before-answer';

/** A way to a node that breaks when a test says so. */
export interface BreakableLine {
  readonly url: string;
  /** Counts for the next transaction alone. */
  atSubmission: AtSubmission;
  /** Transactions that reached the node, in hex. */
  readonly submitted: readonly string[];
  /** Ends all connections, and takes none until `mend`. */
  readonly cut: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

export async function openBreakableLine(nodeUrl: string): Promise<BreakableLine> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const submitted: string[] = [];
  let isCut = false;
  const cutAll = (): void => server.clients.forEach((client) => client.terminate());
  const line: BreakableLine = {
    ...{ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, atSubmission: 'pass', submitted },
    cut: () => {
      isCut = true;
      cutAll();
    },
    mend: () => (isCut = false),
    close: () =>
      new Promise((resolve) => {
        cutAll();
        server.close(() => resolve());
      }),
  };

  server.on('connection', (client) => {
    if (isCut) {
      client.terminate();
      return;
    }
    const node = new WebSocket(nodeUrl);
    const early: string[] = [];
    let isBroken = false;
    const toNode = (text: string): void => {
      const { method, params } = JSON.parse(text) as { readonly method?: string; readonly params?: readonly unknown[] };
      const at = method === 'author_submitExtrinsic' ? line.atSubmission : null;
      if (at !== null) line.atSubmission = 'pass';
      if (at === 'break-before-node') {
        client.terminate();
        return;
      }
      if (at !== null) submitted.push(String(params?.[0]));
      isBroken ||= at === 'break-before-answer';
      node.send(text, () => {
        if (isBroken) client.terminate();
      });
    };
    node.on('open', () => early.splice(0).forEach(toNode));
    node.on('message', (data: Buffer) => {
      if (!isBroken) client.send(data.toString());
    });
    for (const event of ['close', 'error']) node.on(event, () => client.terminate());
    client.on('message', (data: Buffer) => {
      if (node.readyState === WebSocket.CONNECTING) early.push(data.toString());
      else toNode(data.toString());
    });
    client.on('error', () => undefined);
    // What was written is sent first.
    client.on('close', () => node.close());
  });
  return line;
}
