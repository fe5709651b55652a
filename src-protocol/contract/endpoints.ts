/** Several, so that one that is down or behind has others to take its place. */
export const MAX_ENDPOINTS = 5;
export const MAX_ENDPOINT_CHARACTERS = 256;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Why this is no address of a chain, in words; `null` when it is one. Without encryption anyone on the way could show a balance that
 * is none, so `ws://` is for this machine alone.
 */
export function endpointProblem(text: string): string | null {
  if (text.length > MAX_ENDPOINT_CHARACTERS) return `An address has at most ${MAX_ENDPOINT_CHARACTERS} characters`;
  if (!/^wss?:\/\/\S+$/.test(text) || !URL.canParse(text)) return `“${text}” is no ws:// or wss:// address`;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return 'An address has no user name, password or #';
  if (protocol === 'ws:' && !LOOPBACK.test(hostname)) {
    return `“${text}” is not encrypted: ws:// is for this machine alone, others are reached by wss://`;
  }
  return null;
}

/** How logs, messages and the state name an endpoint: without its path and query, which may hold a key; `…` for what is no URL. */
export function endpointName(url: string): string {
  if (!URL.canParse(url)) return '…';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** Whether a chain at this address can only be of this machine. */
export const isLoopbackEndpoint = (url: string): boolean => URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
