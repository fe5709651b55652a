import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { bind } from '../../../components/class-names.ts';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';
import styles from './key-form.module.css';
import { Choices, KeyForm, TextField } from './key-form.tsx';
import { NewPassword, passwordProblem } from './new-password.tsx';

const cx = bind(styles);

/** Writes a key where btcli finds it. */
export function ExportForm({ which, onDone }: { readonly which: 'hotkey' | 'coldkey'; readonly onDone: () => void }) {
  const folder = useAppState((state) => state.keys.walletsFolder);
  const [protection, setProtection] = useState<'password' | 'plain'>('password');
  const [paths, setPaths] = useState<readonly string[] | null>(null);
  const { send, pending, failure } = useCommand();
  const isHotkey = which === 'hotkey';
  const needsPassword = isHotkey && protection === 'password';
  const write = async (wallet: string, hotkey: string | null, hotkeyPassword: string | null): Promise<void> => {
    const reply = await send('keys.export', { wallet, hotkey, hotkeyPassword, coldkey: !isHotkey });
    if (reply.ok) setPaths(reply.value.paths);
  };
  if (paths !== null) {
    return (
      <div className={cx('form')} role="status">
        <p className={cx('intro')}>Written, readable by you alone: {paths.join(', ')}</p>
        <div className={cx('actions')}>
          <Button kind="secondary" onClick={onDone}>
            Done
          </Button>
        </div>
      </div>
    );
  }
  return (
    <KeyForm
      label={`Export the ${which}`}
      action={`Export ${which}`}
      intro={`Into ${folder ?? 'no folder'}, as btcli’s own files. Nothing there is overwritten.${
        isHotkey ? '' : ' The coldkey stays encrypted by its present password.'
      }`}
      pending={pending}
      failure={failure}
      onCancel={onDone}
      onSubmit={(typed) => {
        const problem = needsPassword ? passwordProblem(typed) : null;
        if (problem === null) {
          void write(typed('wallet'), isHotkey ? typed('hotkey') : null, needsPassword ? typed('password') : null);
        }
        return problem;
      }}
    >
      <TextField name="wallet" label="Name of the wallet" initial="millrace" />
      {isHotkey && <TextField name="hotkey" label="Name of the hotkey" initial="default" />}
      {isHotkey && (
        <Choices
          name="protection"
          legend="The file is"
          value={protection}
          onChange={setProtection}
          options={[
            { value: 'password', words: 'encrypted by a password' },
            { value: 'plain', words: 'plain text, as btcli writes hotkeys: whoever reads the file has the hotkey' },
          ]}
        />
      )}
      {needsPassword && <NewPassword what="exported file" />}
    </KeyForm>
  );
}
