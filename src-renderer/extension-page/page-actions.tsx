import { bind } from '../components/class-names.ts';
import { Button } from '../components/button.tsx';
import styles from './extension-page.module.css';
import type { PageView } from './page-view.ts';
import type { ExtensionPageModel } from './use-extension-page.ts';

const cx = bind(styles);

export interface PageActionsProps {
  readonly view: Extract<PageView, { readonly kind: 'open' }>;
  readonly model: ExtensionPageModel;
}

/** What the owner can do, and what the extension is asked for now. */
export function PageActions({ view: { task, found, step }, model }: PageActionsProps) {
  const isSigning = task.kind === 'sign';
  const isWaiting = step.kind === 'extension';
  return (
    <>
      <div className={cx('actions')}>
        <Button
          kind="primary"
          disabled={found.length === 0 || isWaiting}
          onClick={isSigning ? model.sign : model.askForAccounts}
          data-testid="extension-go"
        >
          {isSigning ? 'Sign with your extension' : 'Show my accounts'}
        </Button>
        <Button kind="secondary" onClick={model.refuse} data-testid="extension-refuse">
          {isSigning ? 'Reject' : 'Not now'}
        </Button>
      </div>
      <p className={cx('waiting')} role="status">
        {isWaiting ? step.words : ''}
      </p>
    </>
  );
}
