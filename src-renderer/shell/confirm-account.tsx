import type { ExtensionState } from '#protocol/contract/extension.ts';
import { Button } from '../components/button.tsx';
import { bind } from '../components/class-names.ts';
import { Failure } from '../components/failure.tsx';
import { useAppState } from '../store/context.tsx';
import { useCommand } from '../store/use-command.ts';
import styles from './extension-request.module.css';

const cx = bind(styles);

interface ConfirmAccountProps {
  readonly account: Extract<ExtensionState, { readonly kind: 'confirming' }>['account'];
}

/** Whether the account that came from the browser is the owner's: whoever could answer for the page could have named another. */
export function ConfirmAccount({ account: { address, name, source } }: ConfirmAccountProps) {
  const { send, failure } = useCommand();
  const before = useAppState(({ keys }) => (keys.coldkey.kind === 'missing' ? null : keys.coldkey.address));
  const title = 'Is this your address?';
  return (
    <section className={cx('card')} aria-label={title} data-testid="confirm-account">
      <div className={cx('head')}>
        <div className={cx('words')}>
          <h2 className={cx('title')}>{title}</h2>
          <p className={cx('note')}>
            Compare all of it with your extension. If it differs, another program on this machine answered in its place.
          </p>
        </div>
        <div className={cx('actions')}>
          <Button kind="secondary" data-testid="extension-reject" onClick={() => void send('extension.cancel', {})}>
            No
          </Button>
          <Button
            kind="primary"
            data-testid="extension-confirm"
            onClick={() => void send('extension.confirm', { address })}
          >
            Yes, it is mine
          </Button>
        </div>
      </div>
      <dl className={cx('lines')}>
        <Line label="Address" value={address} isCode />
        <Line label="Account" value={`${name === '' ? 'without a name' : name}, in ${source}`} />
        {before !== null && before !== address && <Line label="In place of" value={before} isCode />}
      </dl>
      <Failure message={failure} />
    </section>
  );
}

interface LineProps {
  readonly label: string;
  readonly value: string;
  readonly isCode?: boolean;
}

const Line = ({ label, value, isCode = false }: LineProps) => (
  <div className={cx('line', isCode && 'call')}>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
);
