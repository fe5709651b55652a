import type { FoundExtension } from '#protocol/contract/extension.ts';
import type { PageAccount, PageEvent, PageTask } from '#protocol/contract/extension-page.ts';

/** How the page ended; nothing can be done on it any more. */
export type PageEnd = 'signed' | 'chosen' | 'refused' | 'expired' | 'stopped' | 'moved' | 'lost';

/** What an open page waits for. */
type PageStep =
  | { readonly kind: 'owner' }
  /** Something was asked of the extension. */
  | { readonly kind: 'extension'; readonly words: string }
  | { readonly kind: 'choice'; readonly accounts: readonly PageAccount[] };

export type PageView =
  | { readonly kind: 'loading' }
  | {
      readonly kind: 'open';
      readonly task: PageTask;
      readonly found: readonly FoundExtension[];
      readonly step: PageStep;
      /** Why the last try came to nothing, in words. */
      readonly problem: string | null;
    }
  | { readonly kind: 'over'; readonly end: PageEnd };

export type PageChange =
  | { readonly kind: 'loaded'; readonly task: PageTask; readonly found: readonly FoundExtension[] }
  | { readonly kind: 'found'; readonly found: readonly FoundExtension[] }
  | { readonly kind: 'step'; readonly step: PageStep }
  | { readonly kind: 'problem'; readonly words: string }
  | { readonly kind: 'over'; readonly end: PageEnd };

/** What is over stays as it is. */
export function nextView(view: PageView, change: PageChange): PageView {
  if (view.kind === 'over') return view;
  if (change.kind === 'over') return change;
  if (change.kind === 'loaded')
    return { ...{ kind: 'open', step: { kind: 'owner' }, problem: null }, task: change.task, found: change.found };
  if (view.kind === 'loading') return view;
  if (change.kind === 'found') return { ...view, found: change.found };
  if (change.kind === 'step') return { ...view, step: change.step, problem: null };
  return { ...view, step: { kind: 'owner' }, problem: change.words };
}

/** How the page ends when Millrace says so. */
export const endOf = (event: PageEvent): PageEnd => (event.kind === 'moved' ? 'moved' : event.end);

/** Whether an extension's words say that its owner said no. */
export const isRefusal = (message: string): boolean => /cancel|reject|denied|declin|refus/i.test(message);
