import { useState } from 'react';
import type { HotkeyState } from '#protocol/contract/keys.ts';
import { Badge } from '../../../components/badge.tsx';
import { Button } from '../../../components/button.tsx';
import { Failure } from '../../../components/failure.tsx';
import { CheckIcon, KeyIcon } from '../../../components/icons.tsx';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';
import { ExportForm } from './export-form.tsx';
import { KeyForm, TextField } from './key-form.tsx';
import { KeyActions, KeyPanel } from './key-panel.tsx';
import { NewPassword, passwordProblem } from './new-password.tsx';
import { PhraseForm } from './phrase-form.tsx';
import { RemoveForm } from './remove-form.tsx';

type Open = 'nothing' | 'create' | 'words' | 'unlock' | 'export' | 'remove';

export function HotkeyPanel() {
  const hotkey = useAppState((state) => state.keys.hotkey);
  const keychain = useAppState((state) => state.keys.keychain);
  const busy = useAppState((state) => state.keys.busy);
  const hasWindow = useAppState((state) => state.host === 'electron');
  const [open, setOpen] = useState<Open>('nothing');
  const { send, pending, failure } = useCommand();
  const close = (): void => setOpen('nothing');
  const hasKeychain = keychain.kind === 'os';
  const run = async (
    ...[name, payload]: Parameters<typeof send<'keys.create-hotkey' | 'keys.unlock-hotkey' | 'app.restart'>>
  ) => {
    if ((await send(name, payload)).ok) close();
  };
  return (
    <KeyPanel
      title="Hotkey"
      icon={<KeyIcon />}
      what="Does the work: signs your updates on this machine, and holds no money."
      badge={<HotkeyBadge state={hotkey} />}
      address={hotkey.kind === 'missing' ? null : hotkey.address}
      note={hotkeyNote(hotkey, keychain.kind === 'os' ? null : keychain.why)}
      testId="hotkey-panel"
    >
      {open === 'nothing' && hotkey.kind === 'missing' && (
        <KeyActions>
          <Button
            kind="primary"
            disabled={busy}
            onClick={() => (hasKeychain ? void run('keys.create-hotkey', { password: null }) : setOpen('create'))}
          >
            Create hotkey
          </Button>
          <Button kind="quiet" onClick={() => setOpen('words')}>
            Use recovery words
          </Button>
        </KeyActions>
      )}
      {open === 'nothing' && hotkey.kind === 'locked' && (
        <KeyActions>
          {hotkey.sealedBy === 'password' && (
            <Button kind="primary" disabled={busy} onClick={() => setOpen('unlock')}>
              Unlock
            </Button>
          )}
          {/* Electron asks the keychain once: no later answer reaches this process. */}
          {hotkey.sealedBy === 'os' && hasWindow && (
            <Button kind="primary" disabled={pending} onClick={() => void run('app.restart', {})}>
              Restart Millrace
            </Button>
          )}
          <Button kind="quiet" onClick={() => setOpen('remove')}>
            Remove
          </Button>
        </KeyActions>
      )}
      {open === 'nothing' && hotkey.kind === 'ready' && (
        <KeyActions>
          <Button kind="secondary" onClick={() => setOpen('export')}>
            Export
          </Button>
          <Button kind="quiet" onClick={() => setOpen('remove')}>
            Remove
          </Button>
        </KeyActions>
      )}
      {open === 'nothing' && <Failure message={failure} />}
      {open === 'create' && (
        <KeyForm
          label="Create a hotkey"
          action="Create hotkey"
          intro="Without a keychain a password keeps the hotkey. It is asked for each time Millrace starts."
          pending={pending}
          failure={failure}
          onCancel={close}
          onSubmit={(typed) => {
            const problem = passwordProblem(typed);
            if (problem === null) void run('keys.create-hotkey', { password: typed('password') });
            return problem;
          }}
        >
          <NewPassword what="hotkey" />
        </KeyForm>
      )}
      {open === 'unlock' && (
        <KeyForm
          label="Unlock the hotkey"
          action="Unlock"
          pending={pending}
          failure={failure}
          onCancel={close}
          onSubmit={(typed) => {
            void run('keys.unlock-hotkey', { password: typed('password') });
            return null;
          }}
        >
          <TextField name="password" label="Password of the hotkey" isSecret />
        </KeyForm>
      )}
      {open === 'words' && <PhraseForm which="hotkey" needsPassword={!hasKeychain} onDone={close} />}
      {open === 'export' && <ExportForm which="hotkey" onDone={close} />}
      {open === 'remove' && hotkey.kind !== 'missing' && (
        <RemoveForm which="hotkey" address={hotkey.address} onDone={close} />
      )}
    </KeyPanel>
  );
}

function HotkeyBadge({ state }: { readonly state: HotkeyState }) {
  switch (state.kind) {
    case 'missing':
      return <Badge tone="plain">None</Badge>;
    case 'locked':
      return <Badge tone="warn">Locked</Badge>;
    case 'ready':
      return (
        <Badge tone="good">
          <CheckIcon /> Ready
        </Badge>
      );
  }
}

function hotkeyNote(state: HotkeyState, noKeychain: string | null): string | null {
  switch (state.kind) {
    case 'missing':
      return noKeychain === null
        ? 'One click: this computer’s keychain keeps it.'
        : `${noKeychain} A password can keep the hotkey instead.`;
    case 'locked':
      return state.why ?? 'Its password opens it. Until then it cannot work.';
    case 'ready':
      return state.sealedBy === 'os' ? 'Kept by this computer’s keychain.' : 'Kept by your password.';
  }
}
