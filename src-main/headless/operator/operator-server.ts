import { createServer, type IncomingMessage } from 'node:http';
import { errorMessage } from '#protocol/errors.ts';
import type { Log } from '#main/core/log.ts';
import { isOwnHost, isOwnOrigin } from '#main/core/loopback/http-guards.ts';
import { isSameSecret, randomSecret } from '#main/core/loopback/sessions.ts';
import type { Endpoint } from '../endpoint-file.ts';
import { listenOnLoopback } from '#main/core/loopback/listen.ts';
import type { MemberStatus } from './member-status.ts';
import type { Metrics } from './metrics.ts';

export interface OperatorServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** `null`: they are not served. */
  readonly metrics: Metrics | null;
  readonly members: () => readonly MemberStatus[];
  readonly log: Log;
}

export interface OperatorServer extends Endpoint {
  close(): Promise<void>;
}

/** What `millrace status` gets. */
export interface OperatorAnswer {
  readonly members: readonly MemberStatus[];
}

export const OPERATOR_STATUS_PATH = '/status';
export const METRICS_PATH = '/metrics';
const MAX_CONNECTIONS = 16;
const REQUEST_TIMEOUT_MS = 10_000;

interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * Answers Prometheus, and with the secret `millrace status`, on the loopback interface alone.
 * @throws MillraceError PORT_IN_USE, or the system's error
 */
export async function openOperatorServer(options: OperatorServerOptions): Promise<OperatorServer> {
  const ownerSecret = randomSecret();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenOnLoopback(server, options.port);
  server.on('request', (request, response) => {
    answerTo(options, { port, ownerSecret }, request)
      .then(({ code, contentType, body }) => {
        const headers = {
          'Content-Type': contentType,
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-store',
        };
        response.writeHead(code, { ...headers, 'Content-Length': Buffer.byteLength(body) });
        response.end(body);
      })
      .catch((error: unknown) => {
        options.log('warning', `Metrics: ${errorMessage(error)}`);
        response.destroy();
      });
  });
  return {
    ...{ port, ownerSecret },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerTo(
  { metrics, members }: OperatorServerOptions,
  { port, ownerSecret }: Endpoint,
  request: IncomingMessage,
): Promise<Answer> {
  if (!isOwnHost(request, port)) return text(421, 'This address is not served here');
  if (!isOwnOrigin(request, { required: false })) return text(403, 'Other pages may not ask');
  if (request.method !== 'GET') return text(405, 'Only GET');
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path === METRICS_PATH && metrics !== null) {
    return { code: 200, contentType: metrics.contentType, body: await metrics.text() };
  }
  if (path === OPERATOR_STATUS_PATH) {
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined || !isSameSecret(given, ownerSecret)) return text(401, 'Not allowed');
    const answer: OperatorAnswer = { members: members() };
    return { code: 200, contentType: 'application/json', body: JSON.stringify(answer) };
  }
  return text(404, 'There is nothing at this address');
}

const text = (code: number, words: string): Answer => ({
  code,
  contentType: 'text/plain; charset=utf-8',
  body: `${words}\n`,
});
