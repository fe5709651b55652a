import { useState } from 'react';
import type { AddressBookEntry } from '#protocol/contract/wallet.ts';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { Failure } from '../../components/failure.tsx';
import { useCommand } from '../../store/use-command.ts';
import styles from './address-book.module.css';
import type { OpenDialog } from './wallet-dialogs.ts';

const cx = bind(styles);

export interface AddressBookRowProps {
  readonly entry: AddressBookEntry;
  readonly canSend: boolean;
  readonly onOpen: OpenDialog;
}

type Mode = 'shown' | 'renaming' | 'removing';

export function AddressBookRow({ entry, canSend, onOpen }: AddressBookRowProps) {
  const { address, name } = entry;
  const [mode, setMode] = useState<Mode>('shown');
  const [text, setText] = useState(name);
  const { send, pending, failure } = useCommand();
  const rename = async (): Promise<void> => {
    if (text.trim() === '') return;
    const reply = await send('wallet.name-address', { address, name: text.trim() });
    if (reply.ok) setMode('shown');
  };
  return (
    <li className={cx('entry')} data-testid="address-entry">
      <div className={cx('words')}>
        {mode === 'renaming' ? (
          <form
            className={cx('rename')}
            onSubmit={(event) => {
              event.preventDefault();
              void rename();
            }}
          >
            <input
              className={cx('input')}
              type="text"
              maxLength={60}
              aria-label={`New name of ${name}`}
              value={text}
              autoFocus
              onChange={({ target }) => setText(target.value)}
            />
            <Button kind="primary" type="submit" disabled={pending || text.trim() === ''}>
              Save
            </Button>
          </form>
        ) : (
          <p className={cx('name')}>{name}</p>
        )}
        <p className={cx('address')}>{address}</p>
        <Failure message={failure} />
      </div>
      {mode === 'removing' ? (
        <span className={cx('actions')} role="group" aria-label={`Remove ${name}?`}>
          <span className={cx('sure')}>Remove it?</span>
          <Button kind="secondary" autoFocus onClick={() => setMode('shown')}>
            Keep
          </Button>
          <Button kind="secondary" disabled={pending} onClick={() => void send('wallet.forget-address', { address })}>
            Remove
          </Button>
        </span>
      ) : (
        <span className={cx('actions')}>
          <Button
            kind="quiet"
            disabled={!canSend}
            aria-label={`Send to ${name}`}
            onClick={() => onOpen({ kind: 'send', to: address, position: null })}
          >
            Send
          </Button>
          <Button
            kind="quiet"
            aria-label={mode === 'renaming' ? `Keep the name ${name}` : `Rename ${name}`}
            onClick={() => {
              setText(name);
              setMode(mode === 'renaming' ? 'shown' : 'renaming');
            }}
          >
            {mode === 'renaming' ? 'Cancel' : 'Rename'}
          </Button>
          <Button kind="quiet" aria-label={`Remove ${name}`} onClick={() => setMode('removing')}>
            Remove
          </Button>
        </span>
      )}
    </li>
  );
}
