import { useState, type ReactNode } from 'react';
import type { ColdkeyState } from '#protocol/contract/keys.ts';
import { Badge } from '../../../components/badge.tsx';
import { Button } from '../../../components/button.tsx';
import { CheckIcon, VaultIcon } from '../../../components/icons.tsx';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';
import { ExportForm } from './export-form.tsx';
import { KeyForm, TextField } from './key-form.tsx';
import { KeyActions, KeyPanel } from './key-panel.tsx';
import { NewColdkeyFlow } from './new-coldkey.tsx';
import { PhraseForm } from './phrase-form.tsx';
import { RemoveForm } from './remove-form.tsx';

type Open = 'nothing' | 'create' | 'words' | 'watch' | 'export' | 'remove';

export interface ColdkeyPanelProps {
  /** The button that connects a browser extension, where there is a way to. */
  readonly connectExtension: ReactNode;
}

export function ColdkeyPanel({ connectExtension }: ColdkeyPanelProps) {
  const coldkey = useAppState((state) => state.keys.coldkey);
  const [open, setOpen] = useState<Open>('nothing');
  const close = (): void => setOpen('nothing');
  return (
    <KeyPanel
      title="Coldkey"
      icon={<VaultIcon />}
      what="Owns the money: receives your rewards, and only it can spend them."
      badge={<ColdkeyBadge state={coldkey} />}
      address={coldkey.kind === 'missing' ? null : coldkey.address}
      note={coldkeyNote(coldkey)}
      testId="coldkey-panel"
    >
      {open === 'nothing' && (coldkey.kind === 'missing' || coldkey.kind === 'watch-only') && (
        <KeyActions>
          {connectExtension}
          <Button kind="secondary" onClick={() => setOpen('create')}>
            Create coldkey
          </Button>
          <Button kind="quiet" onClick={() => setOpen('words')}>
            Use recovery words
          </Button>
          {coldkey.kind === 'missing' ? (
            <Button kind="quiet" onClick={() => setOpen('watch')}>
              Only watch
            </Button>
          ) : (
            <Button kind="quiet" onClick={() => setOpen('remove')}>
              Remove
            </Button>
          )}
        </KeyActions>
      )}
      {open === 'nothing' && (coldkey.kind === 'encrypted' || coldkey.kind === 'extension') && (
        <KeyActions>
          {coldkey.kind === 'encrypted' && (
            <Button kind="secondary" onClick={() => setOpen('export')}>
              Export
            </Button>
          )}
          <Button kind="quiet" onClick={() => setOpen('remove')}>
            Remove
          </Button>
        </KeyActions>
      )}
      {open === 'create' && <NewColdkeyFlow onDone={close} />}
      {open === 'words' && <PhraseForm which="coldkey" needsPassword onDone={close} />}
      {open === 'watch' && <WatchForm onDone={close} />}
      {open === 'export' && <ExportForm which="coldkey" onDone={close} />}
      {open === 'remove' && coldkey.kind !== 'missing' && (
        <RemoveForm
          which="coldkey"
          address={coldkey.address}
          isHarmless={coldkey.kind !== 'encrypted'}
          onDone={close}
        />
      )}
    </KeyPanel>
  );
}

function WatchForm({ onDone }: { readonly onDone: () => void }) {
  const { send, pending, failure } = useCommand();
  const watch = async (address: string): Promise<void> => {
    if ((await send('keys.watch', { address })).ok) onDone();
  };
  return (
    <KeyForm
      label="Watch a coldkey"
      action="Watch"
      intro="Millrace shows what this address has and pays to it. Nothing can be signed from here."
      pending={pending}
      failure={failure}
      onCancel={onDone}
      onSubmit={(typed) => {
        void watch(typed('address'));
        return null;
      }}
    >
      <TextField name="address" label="Address of the coldkey" isWide />
    </KeyForm>
  );
}

function ColdkeyBadge({ state }: { readonly state: ColdkeyState }) {
  switch (state.kind) {
    case 'missing':
      return <Badge tone="plain">None</Badge>;
    case 'watch-only':
      return <Badge tone="plain">Watch-only</Badge>;
    case 'extension':
    case 'encrypted':
      return (
        <Badge tone="good">
          <CheckIcon /> {state.kind === 'extension' ? 'Extension' : 'Encrypted'}
        </Badge>
      );
  }
}

function coldkeyNote(state: ColdkeyState): string {
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
