import { useState } from 'react';
import type { AddressBookEntry } from '#protocol/contract/wallet.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { CardStack } from '../../components/card-layout.tsx';
import { bind } from '../../components/class-names.ts';
import { Failure } from '../../components/failure.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { useAppState } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import styles from './address-book.module.css';
import { AddressBookRow } from './address-book-row.tsx';
import { AddressFound, AddressInput } from './address-input.tsx';
import { useAddress } from './use-address.ts';
import { useBlocked } from './use-blocked.ts';
import type { OpenDialog } from './wallet-dialogs.ts';

const cx = bind(styles);

const byName = (a: AddressBookEntry, b: AddressBookEntry): number => a.name.localeCompare(b.name, 'en');

export function AddressBook({ onOpen }: { readonly onOpen: OpenDialog }) {
  const addressBook = useAppState((state) => state.wallet.addressBook);
  const blocked = useBlocked();
  return (
    <CardStack>
      <Card title="Address book" note="Names that you give, kept on this machine." testId="address-book">
        {addressBook.length === 0 ? (
          <p className={cx('empty')}>
            No addresses yet. Add those you send to often: a name is harder to mistake than 48 letters.
          </p>
        ) : (
          <ul className={cx('list')} aria-label="Addresses">
            {addressBook.toSorted(byName).map((entry) => (
              <AddressBookRow key={entry.address} entry={entry} canSend={blocked === null} onOpen={onOpen} />
            ))}
          </ul>
        )}
      </Card>
      <AddAddress />
    </CardStack>
  );
}

function AddAddress() {
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const check = useAddress(text, 'send');
  const { send, pending, failure } = useCommand();
  const valid = check.reply?.kind === 'valid' ? check.reply : null;
  const isReady = valid !== null && name.trim() !== '' && !pending;
  const add = async (): Promise<void> => {
    if (valid === null || !isReady) return;
    const reply = await send('wallet.name-address', { address: valid.address, name: name.trim() });
    if (!reply.ok) return;
    setText('');
    setName('');
  };
  return (
    <Card title="Add an address">
      <form
        className={cx('form')}
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <div className={cx('fields')}>
          <TextInput
            {...{ label: 'Name', value: name, onChange: setName, testId: 'new-name' }}
            maxLength={60}
            placeholder="Exchange"
          />
          <AddressInput label="Address" text={text} onChange={setText} check={check} testId="new-address" />
        </div>
        <AddressFound check={check} />
        <Failure message={failure} />
        <div>
          <Button kind="primary" type="submit" disabled={!isReady} data-testid="add-address">
            Add
          </Button>
        </div>
      </form>
    </Card>
  );
}
