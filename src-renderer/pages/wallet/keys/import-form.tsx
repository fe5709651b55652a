import { useState } from 'react';
import type { ImportableWallet } from '#protocol/contract/keys.ts';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';
import { Choices, KeyForm, TextField, type Typed } from './key-form.tsx';
import { NewPassword, passwordProblem } from './new-password.tsx';

type ColdkeyChoice = 'none' | 'watch-only' | 'encrypted';

export interface ImportFormProps {
  readonly wallet: ImportableWallet;
  readonly lacksHotkey: boolean;
  readonly lacksColdkey: boolean;
  readonly onDone: () => void;
}

/** No name of a file: it cannot begin so. */
const NO_HOTKEY = '/none';

/** Which keys to take over. The coldkey is only watched unless its owner chooses otherwise. */
export function ImportForm({ wallet, lacksHotkey, lacksColdkey, onDone }: ImportFormProps) {
  const hasKeychain = useAppState((state) => state.keys.keychain.kind === 'os');
  const [hotkey, setHotkey] = useState(lacksHotkey ? (wallet.hotkeys[0]?.name ?? NO_HOTKEY) : NO_HOTKEY);
  const [coldkey, setColdkey] = useState<ColdkeyChoice>(
    lacksColdkey && wallet.coldkeyAddress !== null ? 'watch-only' : 'none',
  );
  const { send, pending, failure } = useCommand();
  const found = wallet.hotkeys.find(({ name }) => name === hotkey);
  const isEncrypted = found?.encrypted === true;
  const needsNewPassword = found !== undefined && !isEncrypted && !hasKeychain;

  const run = async (typed: Typed): Promise<void> => {
    const hotkeyPassword = isEncrypted ? typed('hotkey-password') : needsNewPassword ? typed('password') : null;
    const reply = await send('keys.import-wallet', {
      ...{ wallet: wallet.name, hotkey: found?.name ?? null, hotkeyPassword },
      ...{ coldkey, coldkeyPassword: coldkey === 'encrypted' ? typed('coldkey-password') : null },
    });
    if (reply.ok) onDone();
  };

  return (
    <KeyForm
      label={`Import from ${wallet.name}`}
      action="Import"
      pending={pending}
      failure={failure}
      onCancel={onDone}
      onSubmit={(typed) => {
        if (found === undefined && coldkey === 'none') return 'Choose a hotkey or the coldkey.';
        const problem = needsNewPassword ? passwordProblem(typed) : null;
        if (problem === null) void run(typed);
        return problem;
      }}
    >
      {lacksHotkey && wallet.hotkeys.length > 0 && (
        <Choices
          name="hotkey"
          legend="Hotkey"
          value={hotkey}
          onChange={setHotkey}
          options={[
            ...wallet.hotkeys.map(({ name, address }) => ({
              value: name,
              words: address === null ? name : `${name} – ${address}`,
            })),
            { value: NO_HOTKEY, words: 'No hotkey' },
          ]}
        />
      )}
      {isEncrypted && <TextField name="hotkey-password" label="Present password of the hotkey" isSecret />}
      {needsNewPassword && <NewPassword what="hotkey" />}
      {lacksColdkey && (wallet.coldkeyAddress !== null || wallet.hasColdkey) && (
        <Choices
          name="coldkey"
          legend="Coldkey"
          value={coldkey}
          onChange={setColdkey}
          options={[
            ...(wallet.coldkeyAddress === null
              ? []
              : [{ value: 'watch-only', words: 'Only watch its address' } as const]),
            ...(wallet.hasColdkey
              ? [{ value: 'encrypted', words: 'Take it over, encrypted by its password' } as const]
              : []),
            { value: 'none', words: 'No coldkey' },
          ]}
        />
      )}
      {coldkey === 'encrypted' && <TextField name="coldkey-password" label="Password of the coldkey" isSecret />}
    </KeyForm>
  );
}
