import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { bind } from '../../../components/class-names.ts';
import { Card } from '../../../components/card.tsx';
import { useAppState } from '../../../store/context.tsx';
import styles from './import-offer.module.css';
import { ImportForm } from './import-form.tsx';

const cx = bind(styles);

/** Wallets of btcli's that lie on this machine, while a key is still missing here. */
export function ImportOffer() {
  const wallets = useAppState((state) => state.keys.importable);
  const folder = useAppState((state) => state.keys.walletsFolder);
  const lacksHotkey = useAppState((state) => state.keys.hotkey.kind === 'missing');
  const lacksColdkey = useAppState((state) => state.keys.coldkey.kind === 'missing');
  const [chosen, setChosen] = useState<string | null>(null);
  if (wallets.length === 0 || !(lacksHotkey || lacksColdkey)) return null;
  return (
    <Card
      title="Wallets found on this computer"
      note={`In ${folder ?? ''}. They stay there as they are.`}
      testId="import-offer"
    >
      <ul className={cx('list')}>
        {wallets.map((wallet) => (
          <li key={wallet.name} className={cx('wallet')}>
            <div className={cx('line')}>
              <div className={cx('words')}>
                <p className={cx('name')}>{wallet.name}</p>
                <p className={cx('what')}>
                  {wallet.hotkeys.length === 1 ? '1 hotkey' : `${wallet.hotkeys.length} hotkeys`}
                  {wallet.hasColdkey ? ', coldkey' : wallet.coldkeyAddress !== null ? ', address of the coldkey' : ''}
                </p>
              </div>
              {chosen !== wallet.name && (
                <Button
                  kind="secondary"
                  aria-label={`Import from ${wallet.name}`}
                  onClick={() => setChosen(wallet.name)}
                >
                  Import…
                </Button>
              )}
            </div>
            {chosen === wallet.name && (
              <ImportForm wallet={wallet} {...{ lacksHotkey, lacksColdkey }} onDone={() => setChosen(null)} />
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
