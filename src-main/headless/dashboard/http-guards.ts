import type { IncomingMessage } from 'node:http';

/** No inline script or style, nothing from elsewhere, no frame around it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** A foreign name that resolves to this machine (DNS rebinding) shows in the Host header. */
export const isOwnHost = (request: IncomingMessage, port: number): boolean =>
  request.headers.host === `127.0.0.1:${port}` || request.headers.host === `localhost:${port}`;

/** A page of another origin names itself in the Origin header. `required`: for WebSockets, which browsers always send it with. */
export function isOwnOrigin(request: IncomingMessage, { required }: { readonly required: boolean }): boolean {
  const { origin, host } = request.headers;
  return origin === undefined ? !required : origin === `http://${host ?? ''}`;
}
