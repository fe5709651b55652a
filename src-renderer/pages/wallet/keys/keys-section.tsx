import { CardGrid, CardStack } from '../../../components/card-layout.tsx';
import { bind } from '../../../components/class-names.ts';
import { ColdkeyPanel } from './coldkey-panel.tsx';
import { HotkeyPanel } from './hotkey-panel.tsx';
import { ImportOffer } from './import-offer.tsx';
import { KeyRoles } from './key-roles.tsx';
import styles from './key-panel.module.css';

const cx = bind(styles);

/** The keys for real chains. */
export function KeysSection() {
  return (
    <section aria-labelledby="keys-title" data-testid="keys">
      <CardStack>
        <header>
          <h2 id="keys-title">Keys for real chains</h2>
          <p className={cx('note')}>The devnet has play-money keys of its own; these are for money.</p>
        </header>
        <ImportOffer />
        <CardGrid>
          <ColdkeyPanel />
          <HotkeyPanel />
        </CardGrid>
        <KeyRoles />
      </CardStack>
    </section>
  );
}
