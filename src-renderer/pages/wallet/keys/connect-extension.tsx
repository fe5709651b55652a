import { Button } from '../../../components/button.tsx';
import { bind } from '../../../components/class-names.ts';
import { Failure } from '../../../components/failure.tsx';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';
import styles from './key-panel.module.css';

const cx = bind(styles);

/** Opens the page on which a browser extension shows its accounts. */
export function ConnectExtension() {
  const isAsked = useAppState(({ extension }) => extension.kind !== 'idle' && extension.kind !== 'failed');
  const { send, pending, failure } = useCommand();
  return (
    <>
      <Button kind="primary" disabled={pending || isAsked} onClick={() => void send('keys.connect-extension', {})}>
        Connect browser extension
      </Button>
      <Failure message={failure} />
    </>
  );
}

/** How far connecting is; nothing while nobody connects. */
export function ExtensionProgress() {
  const extension = useAppState((state) => state.extension);
  if (extension.kind === 'idle' || extension.purpose !== 'connect') return null;
  switch (extension.kind) {
    case 'waiting-for-browser':
      return (
        <p role="status" className={cx('note')}>
          A page opens in your browser. If none does, open it{' '}
          <a href={extension.url} target="_blank" rel="noreferrer">
            by this link
          </a>
          .
        </p>
      );
    case 'waiting-for-extension':
      return (
        <p role="status" className={cx('note')}>
          Choose an account on the page in your browser.
        </p>
      );
    case 'failed':
      return <Failure message={extension.message} />;
  }
}
