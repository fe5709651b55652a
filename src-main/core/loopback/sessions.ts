import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who may use the dashboard: a one-time token from the printed URL becomes a browser's session. */
export interface Sessions {
  /** A token for one URL. */
  mintToken(): string;
  /** The new session's id, or `null` when the token is unknown or used. */
  exchange(token: string): string | null;
  isSession(id: string): boolean;
}

/** The oldest make room: nobody opens a dashboard in so many browsers. */
const MAX_TOKENS = 16;
const MAX_SESSIONS = 64;

export function createSessions(randomText: () => string = randomSecret): Sessions {
  const tokens = new Set<string>();
  const sessions = new Set<string>();
  // Only hashes are kept and looked up, so that the time of a look-up says nothing about a secret.
  return {
    mintToken: () => {
      const token = randomText();
      addCapped(tokens, hash(token), MAX_TOKENS);
      return token;
    },
    exchange: (token) => {
      if (!tokens.delete(hash(token))) return null;
      const id = randomText();
      addCapped(sessions, hash(id), MAX_SESSIONS);
      return id;
    },
    isSession: (id) => sessions.has(hash(id)),
  };
}

/** 256 bits, safe in a URL and in a cookie. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');

export const isSameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

function addCapped(set: Set<string>, value: string, limit: number): void {
  set.add(value);
  for (const oldest of set) {
    if (set.size <= limit) return;
    set.delete(oldest);
  }
}
