import type {
  AnswerMessage,
  FoundMessage,
  PageEvent,
  PageMetadata,
  PageTask,
} from '#protocol/contract/extension-page.ts';

/** How the page speaks with Millrace. */
export interface PageTransport {
  /** @throws Error when nothing is asked, or Millrace is gone */
  task(): Promise<PageTask>;
  /** @throws Error as `task` */
  metadata(): Promise<PageMetadata>;
  found(message: FoundMessage): Promise<void>;
  /** @throws Error when Millrace is gone or no longer waits */
  answer(message: AnswerMessage): Promise<void>;
  /** Calls back once, when the page is over. Returns what stops it. */
  watch(onEvent: (event: PageEvent) => void): () => void;
}

export function createPageTransport(): PageTransport {
  return {
    task: () => read<PageTask>('/task'),
    metadata: () => read<PageMetadata>('/metadata'),
    found: (message) => say('/found', message),
    answer: (message) => say('/answer', message),
    watch: (onEvent) => {
      const stop = new AbortController();
      readEvent(stop.signal).then(
        (event) => onEvent(event),
        () => {
          if (!stop.signal.aborted) onEvent({ kind: 'ended', end: 'stopped' });
        },
      );
      return () => stop.abort();
    },
  };
}

async function read<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(await response.text());
  // Served by Millrace itself, from the same origin as this script.
  return (await response.json()) as Answer;
}

async function say(path: string, message: unknown): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(message) });
  if (!response.ok) throw new Error(await response.text());
}

/** The stream has one line, when it ends. */
async function readEvent(signal: AbortSignal): Promise<PageEvent> {
  const response = await fetch('/events', { signal });
  return JSON.parse(await response.text()) as PageEvent;
}
