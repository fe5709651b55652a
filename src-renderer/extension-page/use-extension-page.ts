import { useEffect, useReducer } from 'react';
import type { AnswerMessage, PageAccount, PageTask } from '#protocol/contract/extension-page.ts';
import type { InjectedWallets } from './injected-wallets.ts';
import type { PageTransport } from './page-transport.ts';
import { endOf, isRefusal, nextView, type PageEnd, type PageView } from './page-view.ts';

export interface ExtensionPageProps {
  readonly transport: PageTransport;
  readonly wallets: InjectedWallets;
}

export interface ExtensionPageModel {
  readonly view: PageView;
  readonly askForAccounts: () => void;
  readonly choose: (account: PageAccount) => void;
  readonly sign: () => void;
  readonly refuse: () => void;
}

/** Extensions inject themselves when they like. */
const LOOK_AGAIN_MS = 500;

/** What the page knows, and what its owner can do. */
export function useExtensionPage({ transport, wallets }: ExtensionPageProps): ExtensionPageModel {
  const [view, change] = useReducer(nextView, { kind: 'loading' });
  const task = view.kind === 'open' ? view.task : null;
  const foundCount = view.kind === 'open' ? view.found.length : 0;

  useEffect(() => {
    let stop = (): void => undefined;
    let isOver = false;
    transport.task().then(
      (loaded) => {
        if (isOver) return;
        change({ kind: 'loaded', task: loaded, found: wallets.found() });
        stop = transport.watch((event) => change({ kind: 'over', end: endOf(event) }));
      },
      () => change({ kind: 'over', end: 'lost' }),
    );
    return () => {
      isOver = true;
      stop();
    };
  }, [transport, wallets]);

  useEffect(() => {
    if (task === null) return;
    // Only shown in the app: the page goes on without.
    transport.found({ taskId: task.id, extensions: wallets.found().slice(0, 32) }).catch(() => undefined);
  }, [transport, wallets, task, foundCount]);

  useEffect(() => {
    if (task === null) return;
    const timer = setInterval(() => {
      const found = wallets.found();
      if (found.length !== foundCount) change({ kind: 'found', found });
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [wallets, task, foundCount]);

  const say = (words: string): void => change({ kind: 'step', step: { kind: 'extension', words } });

  async function answer(message: AnswerMessage, end: PageEnd): Promise<void> {
    await transport.answer(message).then(
      () => change({ kind: 'over', end }),
      () => change({ kind: 'over', end: 'stopped' }),
    );
  }

  function attempt(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      change({ kind: 'problem', words: `The extension answered: ${words}` });
    });
  }

  const refuse = (): void => {
    if (task !== null) void answer({ taskId: task.id, kind: 'refused' }, 'refused');
  };

  async function askForAccounts(): Promise<void> {
    say('Your extension may ask whether Millrace may see your accounts.');
    const accounts = await wallets.accounts();
    if (accounts.length > 0) change({ kind: 'step', step: { kind: 'choice', accounts } });
    else change({ kind: 'problem', words: NO_ACCOUNT });
  }

  async function sign({ id, address, chain, payload }: Extract<PageTask, { readonly kind: 'sign' }>): Promise<void> {
    say('Your extension may ask whether Millrace may see your accounts.');
    const account = (await wallets.accounts()).find((each) => each.address === address);
    if (account === undefined) {
      change({ kind: 'problem', words: OTHER_ACCOUNT });
      return;
    }
    say('Your extension may ask whether it may learn the calls of this chain, so that it can show what you sign.');
    await wallets.offerMetadata(account.source, chain, () => transport.metadata());
    say('Compare what your extension shows with the lines above, and sign there.');
    try {
      const { signature, signedTransaction } = await wallets.sign(account.source, payload);
      await answer({ taskId: id, kind: 'signed', signature, signedTransaction }, 'signed');
    } catch (error) {
      if (!(error instanceof Error) || !isRefusal(error.message)) throw error;
      refuse();
    }
  }

  return {
    view,
    askForAccounts: () => attempt(askForAccounts),
    choose: (account) => {
      if (task !== null) void answer({ taskId: task.id, kind: 'accounts', accounts: [account] }, 'chosen');
    },
    sign: () => {
      if (task?.kind === 'sign') attempt(() => sign(task));
    },
    refuse,
  };
}

const NO_ACCOUNT =
  'No account came from your extension. Unlock it, let it show an account to this page, and try again.';
const OTHER_ACCOUNT =
  'Your extension shows no account with this address. Unlock it, let it show that account to this page, and try again.';
