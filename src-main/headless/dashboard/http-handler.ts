import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppState } from '#protocol/contract/state.ts';
import { SECURITY_HEADERS } from '#main/core/content-security.ts';
import { isOwnHost, isOwnOrigin } from '#main/core/loopback/http-guards.ts';
import { LOCKED_PAGE, NOT_FOUND_PAGE } from './pages.ts';
import { isSameSecret, type Sessions } from '#main/core/loopback/sessions.ts';
import type { StaticFiles } from '#main/core/static-files.ts';

export interface HttpOptions {
  readonly port: number;
  readonly sessions: Sessions;
  readonly files: StaticFiles;
  /** Known to this user's own processes alone (a file of mode 0600): lets `millrace status` ask. */
  readonly ownerSecret: string;
  readonly state: () => AppState;
}

/** What `millrace status` gets. */
export interface StatusAnswer {
  readonly url: string;
  readonly state: AppState;
}

export const STATUS_PATH = '/status';

interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers one request. Everything but the token exchange and the owner's status needs a session. */
export async function handleHttp(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { code, contentType, body, headers } = await answerTo(options, request);
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const described = { 'Content-Type': contentType, 'Content-Length': length };
  response.writeHead(code, { ...SECURITY_HEADERS, ...described, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo(options: HttpOptions, request: IncomingMessage): Promise<Answer> {
  if (!isOwnHost(request, options.port)) return text(421, 'This address is not served here');
  if (!isOwnOrigin(request, { required: false })) return text(403, 'Other pages may not ask');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET');

  // Only the text before the query is a path; it is compared, never resolved.
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  if (path === STATUS_PATH) return status(options, request);
  const token = new URLSearchParams(query).get('token');
  // A preview that only looks must not use the token up.
  if (path === '/' && token !== null && request.method === 'GET') return exchangeToken(options, token);
  if (!hasSession(request, options)) return html(401, LOCKED_PAGE);

  const file = await options.files.read(path);
  return file === null ? html(404, NOT_FOUND_PAGE) : { code: 200, ...file };
}

/** Also for the WebSocket's upgrade request. */
export function hasSession(
  request: IncomingMessage,
  { port, sessions }: Pick<HttpOptions, 'port' | 'sessions'>,
): boolean {
  const prefix = `${cookieName(port)}=`;
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.some((cookie) => cookie.startsWith(prefix) && sessions.isSession(cookie.slice(prefix.length)));
}

export const dashboardUrl = (port: number, sessions: Sessions): string =>
  `http://127.0.0.1:${port}/?token=${sessions.mintToken()}`;

/** Browsers share cookies between the ports of a host: the name keeps two dashboards apart. */
const cookieName = (port: number): string => `millrace-${port}`;

function exchangeToken({ port, sessions }: HttpOptions, token: string): Answer {
  const session = sessions.exchange(token);
  if (session === null) return html(401, LOCKED_PAGE);
  const cookie = `${cookieName(port)}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  return { ...text(303, 'Welcome'), headers: { Location: '/', 'Set-Cookie': cookie } };
}

function status(options: HttpOptions, request: IncomingMessage): Answer {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined || !isSameSecret(given, options.ownerSecret)) return text(401, 'Not allowed');
  const answer: StatusAnswer = { url: dashboardUrl(options.port, options.sessions), state: options.state() };
  return { code: 200, contentType: 'application/json', body: JSON.stringify(answer) };
}

const text = (code: number, words: string): Answer => ({
  code,
  contentType: 'text/plain; charset=utf-8',
  body: `${words}\n`,
});

const html = (code: number, page: string): Answer => ({ code, contentType: 'text/html; charset=utf-8', body: page });
