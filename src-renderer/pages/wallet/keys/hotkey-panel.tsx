import type { HotkeyState } from '#protocol/contract/keys.ts';
import { KeyIcon } from '../../../components/icons.tsx';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';
import { ExportForm } from './export-form.tsx';
import { HotkeyPasswordForm } from './hotkey-password-form.tsx';
import { KeyPanel, type KeyAction, type KeyPanelProps } from './key-panel.tsx';
import { PhraseForm } from './phrase-form.tsx';
import { RemoveForm } from './remove-form.tsx';

type Form = 'create' | 'words' | 'unlock' | 'export' | 'remove';

export function HotkeyPanel() {
  const hotkey = useAppState((state) => state.keys.hotkey);
  const keychain = useAppState((state) => state.keys.keychain);
  const isBusy = useAppState((state) => state.keys.busy);
  const hasWindow = useAppState((state) => state.host === 'electron');
  const { send, pending, failure } = useCommand();
  const address = hotkey.kind === 'missing' ? null : hotkey.address;
  const hasKeychain = keychain.kind === 'os';

  /** A keychain needs nothing from its owner; a password is asked for. */
  function main(): readonly KeyAction<Form>[] {
    switch (hotkey.kind) {
      case 'missing': {
        const does = hasKeychain ? () => void send('keys.create-hotkey', { password: null }) : 'create';
        return [{ label: 'Create hotkey', kind: 'primary', disabled: isBusy, does }];
      }
      case 'locked':
        if (hotkey.sealedBy === 'password') {
          return [{ label: 'Unlock', kind: 'primary', disabled: isBusy, does: 'unlock' }];
        }
        // Electron asks the keychain once: no later answer reaches this process.
        return hasWindow
          ? [
              {
                label: 'Restart Millrace',
                kind: 'primary',
                disabled: pending,
                does: () => void send('app.restart', {}),
              },
            ]
          : [];
      case 'ready':
        return [{ label: 'Export', does: 'export' }];
    }
  }

  function form(open: Form, close: () => void) {
    switch (open) {
      case 'create':
      case 'unlock':
        return <HotkeyPasswordForm purpose={open} onDone={close} />;
      case 'words':
        return <PhraseForm which="hotkey" needsPassword={!hasKeychain} onDone={close} />;
      case 'export':
        return <ExportForm which="hotkey" onDone={close} />;
      case 'remove':
        return address !== null && <RemoveForm which="hotkey" address={address} onDone={close} />;
    }
  }

  return (
    <KeyPanel<Form>
      title="Hotkey"
      icon={<KeyIcon />}
      what="Does the work: signs your updates on this machine, and holds no money."
      badge={BADGES[hotkey.kind]}
      note={noteOf(hotkey, keychain.kind === 'os' ? null : keychain.why)}
      testId="hotkey-panel"
      main={main()}
      more={[
        hotkey.kind === 'missing'
          ? { label: 'Use recovery words', does: 'words' }
          : { label: 'Remove', does: 'remove' },
      ]}
      {...{ address, failure, form }}
    />
  );
}

const BADGES: Readonly<Record<HotkeyState['kind'], KeyPanelProps<Form>['badge']>> = {
  missing: { tone: 'plain', words: 'None' },
  locked: { tone: 'warn', words: 'Locked' },
  ready: { tone: 'good', words: 'Ready' },
};

function noteOf(state: HotkeyState, noKeychain: string | null): string {
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
