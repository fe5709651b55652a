import type { ReactNode } from 'react';
import { CardGrid, CardStack } from '../../../components/card-layout.tsx';
import { ColdkeyPanel } from './coldkey-panel.tsx';
import { HotkeyPanel } from './hotkey-panel.tsx';
import { ImportOffer } from './import-offer.tsx';

/** The keys for real chains. @param connectExtension the button that connects a browser extension; `null` where there is no way to */
export function KeysSection({ connectExtension = null }: { readonly connectExtension?: ReactNode }) {
  return (
    <section aria-labelledby="keys-title" data-testid="keys">
      <CardStack>
        <h2 id="keys-title">Keys for real chains</h2>
        <ImportOffer />
        <CardGrid>
          <ColdkeyPanel connectExtension={connectExtension} />
          <HotkeyPanel />
        </CardGrid>
      </CardStack>
    </section>
  );
}
