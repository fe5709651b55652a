import type { IncomingMessage } from 'node:http';

/** A foreign name that resolves to this machine (DNS rebinding) shows in the Host header. */
export const isOwnHost = (request: IncomingMessage, port: number): boolean =>
  request.headers.host === `127.0.0.1:${port}` || request.headers.host === `localhost:${port}`;

/** A page of another origin names itself in the Origin header. `required`: for WebSockets, which browsers always send it with. */
export function isOwnOrigin(request: IncomingMessage, { required }: { readonly required: boolean }): boolean {
  const { origin, host } = request.headers;
  return origin === undefined ? !required : origin === `http://${host ?? ''}`;
}
