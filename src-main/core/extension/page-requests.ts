import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { AnswerMessage, FoundMessage, PageMetadata, PageTask } from '#protocol/contract/extension-page.ts';
import { SECURITY_HEADERS } from '../content-security.ts';
import { isOwnHost, isOwnOrigin } from '../loopback/http-guards.ts';
import type { Sessions } from '../loopback/sessions.ts';
import type { StaticFiles } from '../static-files.ts';
import { answerSchema, foundSchema, MAX_BODY_BYTES } from './page-messages.ts';
import { readJson } from './read-body.ts';

/** What the page may ask for and say. */
interface PageDesk {
  readonly task: PageTask;
  /** `null`: nothing is signed. */
  readonly metadata: PageMetadata | null;
  /** A link was used up. */
  readonly opened: () => void;
  readonly found: (message: FoundMessage) => void;
  /** `false`: it was answered before. */
  readonly answered: (message: AnswerMessage) => boolean;
  /** Keeps the response open, and writes to it what becomes of the page. */
  readonly watch: (response: ServerResponse) => void;
}

export interface PageRequestsOptions {
  readonly port: number;
  readonly sessions: Sessions;
  readonly files: StaticFiles;
  readonly desk: PageDesk;
}

interface Reply {
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const INDEX = '/';
const MAX_URL_CHARACTERS = 512;

/** Answers the requests of one task's page, one POST at a time. */
export function createPageRequests(options: PageRequestsOptions) {
  let isPosting = false;

  async function postAlone(request: IncomingMessage, path: string): Promise<Reply> {
    if (isPosting) return text(429, 'One request at a time');
    isPosting = true;
    try {
      return await post(options, request, path);
    } finally {
      isPosting = false;
    }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = INDEX, query = ''] = (request.url ?? INDEX).split('?', 2);
    const isEntry = path === INDEX && request.method === 'GET';
    const token = new URLSearchParams(query).get('token');
    const refusal = refusalOf(request, options);
    if (refusal !== null) send(request, response, refusal);
    // By GET alone: a preview that only looks must not use the token up.
    else if (isEntry && token !== null) send(request, response, await exchangeToken(options, token));
    else if (!hasSession(request, options)) send(request, response, LOCKED);
    else if (request.method === 'POST') send(request, response, await postAlone(request, path));
    else if (path === '/events' && request.method === 'GET') watch(options.desk, response);
    else send(request, response, await get(options, path));
  };
}

function watch(desk: PageDesk, response: ServerResponse): void {
  response.writeHead(200, { ...SECURITY_HEADERS, 'Content-Type': 'application/x-ndjson' });
  response.flushHeaders();
  desk.watch(response);
}

/** What is wrong with a request whoever sent it; `null`: nothing. */
function refusalOf(request: IncomingMessage, { port }: PageRequestsOptions): Reply | null {
  const isPost = request.method === 'POST';
  if (!isOwnHost(request, port)) return text(421, 'This address is not served here');
  if (!isOwnOrigin(request, { required: isPost })) return text(403, 'Other pages may not ask');
  if (!isPost && request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and POST');
  return (request.url ?? '').length > MAX_URL_CHARACTERS ? text(414, 'The address is too long') : null;
}

async function get({ files, desk }: PageRequestsOptions, path: string): Promise<Reply> {
  if (path === '/task') return json(desk.task);
  if (path === '/metadata') return desk.metadata === null ? text(404, 'Nothing is signed') : json(desk.metadata);
  const file = await files.read(path);
  return file === null ? text(404, 'There is nothing at this address') : { code: 200, ...file };
}

async function post(options: PageRequestsOptions, request: IncomingMessage, path: string): Promise<Reply> {
  if (path !== '/found' && path !== '/answer') return text(404, 'There is nothing at this address');
  if (request.headers['content-type'] !== 'application/json') return text(415, 'Only JSON');
  const body = await readJson(request, MAX_BODY_BYTES);
  if (body === 'too-large') return text(413, 'The message is too long');
  if (body === 'malformed') return text(400, 'The message is no JSON');
  return path === '/found' ? found(options.desk, body.value) : answer(options.desk, body.value);
}

function found(desk: PageDesk, value: unknown): Reply {
  const message = v.safeParse(foundSchema, value);
  if (!message.success) return text(400, 'The message has not the form that it should have');
  if (message.output.taskId !== desk.task.id) return OVER;
  desk.found(message.output);
  return json({ ok: true });
}

function answer(desk: PageDesk, value: unknown): Reply {
  const message = v.safeParse(answerSchema, value);
  if (!message.success) return text(400, 'The message has not the form that it should have');
  if (message.output.taskId !== desk.task.id) return OVER;
  const fits = message.output.kind === 'refused' || (message.output.kind === 'signed') === (desk.task.kind === 'sign');
  if (!fits) return text(400, 'This is no answer to what was asked');
  return desk.answered(message.output) ? json({ ok: true }) : OVER;
}

/** Not a redirect: a browser that came from another site would not send the cookie along. The page takes the token out of its address. */
async function exchangeToken({ port, sessions, files, desk }: PageRequestsOptions, token: string): Promise<Reply> {
  const page = await files.read(INDEX);
  if (page === null) return text(500, 'The page is missing: Millrace was not built');
  const session = sessions.exchange(token);
  if (session === null) return LOCKED;
  desk.opened();
  const cookie = `${cookieName(port)}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  return { code: 200, ...page, headers: { 'Set-Cookie': cookie } };
}

function hasSession(request: IncomingMessage, { port, sessions }: PageRequestsOptions): boolean {
  const prefix = `${cookieName(port)}=`;
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.some((cookie) => cookie.startsWith(prefix) && sessions.isSession(cookie.slice(prefix.length)));
}

/** Browsers share cookies between the ports of a host. */
const cookieName = (port: number): string => `millrace-extension-${port}`;

function send(request: IncomingMessage, response: ServerResponse, { code, contentType, body, headers }: Reply): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  // What was not read of a refused body would be taken for the next request.
  const described = {
    'Content-Type': contentType,
    'Content-Length': length,
    ...(code >= 400 && { Connection: 'close' }),
  };
  response.writeHead(code, { ...SECURITY_HEADERS, ...described, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const text = (code: number, words: string): Reply => ({
  code,
  contentType: 'text/plain; charset=utf-8',
  body: `${words}\n`,
});

const json = (value: unknown): Reply => ({ code: 200, contentType: 'application/json', body: JSON.stringify(value) });

const LOCKED: Reply = {
  code: 401,
  contentType: 'text/html; charset=utf-8',
  body:
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">' +
    '<title>This link was used</title></head><body><h1>This link was used</h1><p>It opens once, in one browser. Millrace shows' +
    ' a fresh link as long as it waits.</p></body></html>',
};
const OVER = text(410, 'Millrace no longer waits for this');
