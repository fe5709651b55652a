import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { bind } from '../components/class-names.ts';
import type { PageAccount } from '#protocol/contract/extension-page.ts';
import styles from './extension-page.module.css';

const cx = bind(styles);

export interface AccountChoiceProps {
  readonly accounts: readonly PageAccount[];
  readonly onChoose: (account: PageAccount) => void;
  readonly onRefuse: () => void;
}

/** One of the accounts that the extensions show. */
export function AccountChoice({ accounts, onChoose, onRefuse }: AccountChoiceProps) {
  const [index, setIndex] = useState(0);
  const chosen = accounts[index];
  return (
    <form
      className={cx('choice')}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== undefined) onChoose(chosen);
      }}
    >
      <fieldset className={cx('accounts')}>
        <legend className={cx('label')}>Your accounts</legend>
        {accounts.map(({ address, name, source }, at) => (
          <label key={`${source} ${address}`} className={cx('account')}>
            <input type="radio" name="account" checked={at === index} onChange={() => setIndex(at)} />
            <span className={cx('who')}>
              <span className={cx('account-name')}>{name === '' ? 'Without a name' : name}</span>
              <span className={cx('address')}>{address}</span>
            </span>
            <span className={cx('source')}>{source}</span>
          </label>
        ))}
      </fieldset>
      <div className={cx('actions')}>
        <Button kind="primary" type="submit" data-testid="extension-choose">
          Use this account
        </Button>
        <Button kind="secondary" onClick={onRefuse} data-testid="extension-refuse">
          Not now
        </Button>
      </div>
    </form>
  );
}
