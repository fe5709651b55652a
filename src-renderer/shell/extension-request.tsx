import { useState } from 'react';
import type { ExtensionState } from '#protocol/contract/extension.ts';
import { Banner } from '../components/banner.tsx';
import { Button } from '../components/button.tsx';
import { bind } from '../components/class-names.ts';
import { Failure } from '../components/failure.tsx';
import { CloseIcon } from '../components/icons.tsx';
import { useAppState } from '../store/context.tsx';
import { useCommand } from '../store/use-command.ts';
import { ConfirmAccount } from './confirm-account.tsx';
import styles from './extension-request.module.css';

const cx = bind(styles);

/** What a browser extension is asked for, on every page, while it is; with the way to the page where it answers. */
export function ExtensionRequest() {
  const extension = useAppState((state) => state.extension);
  const [dismissed, setDismissed] = useState<ExtensionState | null>(null);
  const isShown = extension.kind !== 'idle' && extension !== dismissed;
  return (
    <div role="region" aria-label="Browser extension" aria-live="polite" data-testid="extension-request">
      {isShown && (
        <div className={cx('place')}>
          {extension.kind === 'failed' && (
            <Banner
              level="warning"
              action={
                <Button kind="quiet" size="icon" aria-label="Dismiss" onClick={() => setDismissed(extension)}>
                  <CloseIcon />
                </Button>
              }
            >
              {extension.message}.
            </Banner>
          )}
          {extension.kind === 'confirming' && <ConfirmAccount account={extension.account} />}
          {(extension.kind === 'waiting-for-browser' || extension.kind === 'waiting-for-extension') && (
            <Waiting extension={extension} />
          )}
        </div>
      )}
    </div>
  );
}

interface WaitingProps {
  readonly extension: Extract<ExtensionState, { readonly kind: 'waiting-for-browser' | 'waiting-for-extension' }>;
}

function Waiting({ extension }: WaitingProps) {
  const { purpose, expiresAtMs, shown } = extension;
  const host = useAppState((state) => state.host);
  const { send, failure } = useCommand();
  const until = new Date(expiresAtMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const title = shown?.title ?? 'Choose the account that Millrace uses';
  return (
    <section className={cx('card')} aria-label={title}>
      <div className={cx('head')}>
        <div className={cx('words')}>
          <h2 className={cx('title')}>{title}</h2>
          <p className={cx('note')}>
            {whereWords(extension, host)} Millrace waits until {until}.
          </p>
        </div>
        <div className={cx('actions')}>
          {extension.kind === 'waiting-for-browser' && (
            <a
              className={cx('link')}
              href={extension.url}
              target="_blank"
              rel="noopener noreferrer"
              data-testid="open-extension"
            >
              {purpose === 'sign' ? 'Open the signing page' : 'Open the page'}
            </a>
          )}
          <Button kind="secondary" onClick={() => void send('extension.cancel', {})}>
            Cancel
          </Button>
        </div>
      </div>
      {shown !== null && (
        <dl className={cx('lines')}>
          {[...shown.lines, ...shown.call].map(({ label, value }, index) => (
            <div key={index} className={cx('line', index >= shown.lines.length && 'call')}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <Failure message={failure} />
    </section>
  );
}

function whereWords(extension: WaitingProps['extension'], host: 'electron' | 'headless'): string {
  if (extension.kind === 'waiting-for-extension') {
    const names = extension.extensions.map(({ name }) => name).join(', ');
    return names === ''
      ? 'The page is open, but its browser has no wallet extension.'
      : `The page is open in your browser, which has ${names}: answer there.`;
  }
  if (host === 'electron') return 'A page opens in your browser, where your extension answers.';
  // Extensions show themselves to every page.
  return 'injectedWeb3' in window
    ? 'The extension of this browser answers on a page of its own.'
    : 'Open the page in the browser that has your extension, on the machine where Millrace runs.';
}
