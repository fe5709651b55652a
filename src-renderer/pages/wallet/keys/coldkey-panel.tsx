import type { ColdkeyState } from '#protocol/contract/keys.ts';
import { VaultIcon } from '../../../components/icons.tsx';
import { useAppState } from '../../../store/context.tsx';
import { ConnectExtension } from './connect-extension.tsx';
import { ExportForm } from './export-form.tsx';
import { KeyPanel, type KeyAction, type KeyPanelProps } from './key-panel.tsx';
import { NewColdkeyFlow } from './new-coldkey.tsx';
import { PhraseForm } from './phrase-form.tsx';
import { RemoveForm } from './remove-form.tsx';
import { WatchForm } from './watch-form.tsx';

type Form = 'create' | 'words' | 'watch' | 'export' | 'remove';

export function ColdkeyPanel() {
  const coldkey = useAppState((state) => state.keys.coldkey);
  const address = coldkey.kind === 'missing' ? null : coldkey.address;
  const { main, more } = ACTIONS[coldkey.kind];

  function form(open: Form, close: () => void) {
    switch (open) {
      case 'create':
        return <NewColdkeyFlow onDone={close} />;
      case 'words':
        return <PhraseForm which="coldkey" needsPassword onDone={close} />;
      case 'watch':
        return <WatchForm onDone={close} />;
      case 'export':
        return <ExportForm which="coldkey" onDone={close} />;
      case 'remove':
        return (
          address !== null && (
            <RemoveForm which="coldkey" address={address} isHarmless={coldkey.kind !== 'encrypted'} onDone={close} />
          )
        );
    }
  }

  return (
    <KeyPanel<Form>
      title="Coldkey"
      icon={<VaultIcon />}
      what="Owns the money: receives your rewards, and only it can spend them."
      badge={BADGES[coldkey.kind]}
      note={noteOf(coldkey)}
      testId="coldkey-panel"
      first={(coldkey.kind === 'missing' || coldkey.kind === 'watch-only') && <ConnectExtension />}
      {...{ address, main, more, form }}
    />
  );
}

type Actions = Readonly<Record<'main' | 'more', readonly KeyAction<Form>[]>>;

const CREATE: KeyAction<Form> = { label: 'Create coldkey', does: 'create' };
const WORDS: KeyAction<Form> = { label: 'Use recovery words', does: 'words' };
const REMOVE: KeyAction<Form> = { label: 'Remove', does: 'remove' };

const ACTIONS: Readonly<Record<ColdkeyState['kind'], Actions>> = {
  missing: { main: [CREATE], more: [WORDS, { label: 'Only watch', does: 'watch' }] },
  'watch-only': { main: [CREATE], more: [WORDS, REMOVE] },
  encrypted: { main: [{ label: 'Export', does: 'export' }], more: [REMOVE] },
  extension: { main: [], more: [REMOVE] },
};

const BADGES: Readonly<Record<ColdkeyState['kind'], KeyPanelProps<Form>['badge']>> = {
  missing: { tone: 'plain', words: 'None' },
  'watch-only': { tone: 'plain', words: 'Watch-only' },
  extension: { tone: 'good', words: 'Extension' },
  encrypted: { tone: 'good', words: 'Encrypted' },
};

function noteOf(state: ColdkeyState): string {
  switch (state.kind) {
    case 'missing':
      return 'Safest in a browser extension such as Talisman or polkadot-js, which shows what it signs. Or Millrace keeps it here, encrypted by your password.';
    case 'watch-only':
      return 'Only its address is known here: it receives, and nothing can be signed.';
    case 'extension':
      return `In the extension ${state.source}, which asks you about each signature.`;
    case 'encrypted':
      return 'Encrypted on this machine. Your password opens it for one signature at a time; then it is wiped.';
  }
}
