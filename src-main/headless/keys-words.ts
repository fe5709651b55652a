import { assertNever } from '#protocol/assert-never.ts';
import type { ColdkeyState, HotkeyState, KeysState } from '#protocol/contract/keys.ts';

/** The keys in lines for a person. */
export function describeKeys({ hotkey, coldkey, walletsFolder, importable }: KeysState): string[] {
  const wallets = importable.flatMap(({ name, hotkeys, hasColdkey, coldkeyAddress }) => [
    `Wallet   ${name}: coldkey ${coldkeyAddress ?? (hasColdkey ? 'of unknown address' : 'elsewhere')}`,
    ...hotkeys.map((key) => `         hotkey ${key.name}: ${key.address ?? 'of unknown address'}`),
  ]);
  const none = [`Wallets  none in ${walletsFolder ?? 'any folder'}`];
  return [`Hotkey   ${ofHotkey(hotkey)}`, `Coldkey  ${ofColdkey(coldkey)}`, ...(wallets.length > 0 ? wallets : none)];
}

function ofHotkey(state: HotkeyState): string {
  switch (state.kind) {
    case 'missing':
      return 'none';
    case 'locked':
    case 'ready':
      return `${state.address}, sealed by ${state.sealedBy === 'os' ? 'the keychain' : 'a password'}`;
    default:
      return assertNever(state, 'hotkey');
  }
}

function ofColdkey(state: ColdkeyState): string {
  switch (state.kind) {
    case 'missing':
      return 'none';
    case 'encrypted':
      return `${state.address}, encrypted here`;
    case 'extension':
      return `${state.address}, in the extension ${state.source}`;
    case 'watch-only':
      return `${state.address}, only watched`;
    default:
      return assertNever(state, 'coldkey');
  }
}
