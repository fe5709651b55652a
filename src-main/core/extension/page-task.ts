import type { ExtensionState } from '#protocol/contract/extension.ts';
import type { AnswerMessage, PageMetadata, PageTask, PageTaskResult } from '#protocol/contract/extension-page.ts';
import { openPageServer } from './page-server.ts';
import type { ExtensionBridgeOptions } from './ports.ts';

export interface PageTaskOptions extends Pick<ExtensionBridgeOptions, 'folder' | 'log' | 'onChange' | 'openUrl'> {
  readonly port: number;
  readonly task: PageTask;
  /** `null`: nothing is signed. */
  readonly metadata: PageMetadata | null;
  readonly expiryMs: number;
  /** Any of them ends it. */
  readonly signals: readonly AbortSignal[];
}

export type PageTaskEnd =
  | { readonly kind: 'answered'; readonly answer: AnswerMessage }
  | { readonly kind: 'expired' }
  | { readonly kind: 'stopped' };

/**
 * Serves one task's page until it is answered, given up or too old. A closed tab may be opened again by the link in the state.
 * @throws MillraceError PORT_IN_USE, or the system's error
 */
export async function runPageTask(options: PageTaskOptions): Promise<PageTaskEnd> {
  const { task, expiryMs, signals, onChange, openUrl } = options;
  const shown = task.kind === 'sign' ? task.shown : null;
  const about = { purpose: task.kind, expiresAtMs: task.expiresAtMs, shown } as const;
  let isSettled = false;
  let settle: (end: PageTaskEnd) => boolean = () => false;
  const settled = new Promise<PageTaskEnd>((resolve) => {
    settle = (end) => {
      if (isSettled) return false;
      isSettled = true;
      resolve(end);
      return true;
    };
  });
  const say = (state: ExtensionState): void => {
    if (!isSettled) onChange(state);
  };

  const server = await openPageServer({
    ...options,
    onFound: ({ extensions }) => say({ kind: 'waiting-for-extension', ...about, extensions }),
    onAnswer: (answer) => settle({ kind: 'answered', answer }),
    onAway: () => say({ kind: 'waiting-for-browser', ...about, url: server.mintUrl() }),
  });
  const onAbort = (): void => void settle({ kind: 'stopped' });
  for (const signal of signals) signal.addEventListener('abort', onAbort);
  if (signals.some(({ aborted }) => aborted)) onAbort();
  const timer = setTimeout(() => void settle({ kind: 'expired' }), expiryMs);
  const url = server.mintUrl();
  say({ kind: 'waiting-for-browser', ...about, url });
  if (!signals.some(({ aborted }) => aborted)) openUrl?.(url);

  const end = await settled;
  clearTimeout(timer);
  for (const signal of signals) signal.removeEventListener('abort', onAbort);
  await server.close(resultOf(end));
  return end;
}

const RESULTS = { accounts: 'chosen', signed: 'signed', refused: 'refused' } as const;
const resultOf = (end: PageTaskEnd): PageTaskResult => (end.kind === 'answered' ? RESULTS[end.answer.kind] : end.kind);
