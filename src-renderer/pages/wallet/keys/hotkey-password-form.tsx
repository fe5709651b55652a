import { assertNever } from '#protocol/assert-never.ts';
import { useCommand } from '../../../store/use-command.ts';
import { KeyForm, TextField } from './key-form.tsx';
import { NewPassword, passwordProblem } from './new-password.tsx';

export interface HotkeyPasswordFormProps {
  readonly purpose: 'create' | 'unlock';
  readonly onDone: () => void;
}

/** For a hotkey that a password keeps: makes it, or opens it. */
export function HotkeyPasswordForm({ purpose, onDone }: HotkeyPasswordFormProps) {
  const { send, pending, failure } = useCommand();
  const run = async (name: 'keys.create-hotkey' | 'keys.unlock-hotkey', password: string): Promise<void> => {
    if ((await send(name, { password })).ok) onDone();
  };
  const form = { pending, failure, onCancel: onDone };
  switch (purpose) {
    case 'create':
      return (
        <KeyForm
          {...form}
          label="Create a hotkey"
          action="Create hotkey"
          intro="Without a keychain a password keeps the hotkey. It is asked for each time Millrace starts."
          onSubmit={(typed) => {
            const problem = passwordProblem(typed);
            if (problem === null) void run('keys.create-hotkey', typed('password'));
            return problem;
          }}
        >
          <NewPassword what="hotkey" />
        </KeyForm>
      );
    case 'unlock':
      return (
        <KeyForm
          {...form}
          label="Unlock the hotkey"
          action="Unlock"
          onSubmit={(typed) => {
            void run('keys.unlock-hotkey', typed('password'));
            return null;
          }}
        >
          <TextField name="password" label="Password of the hotkey" isSecret />
        </KeyForm>
      );
    default:
      return assertNever(purpose, 'purpose of a password');
  }
}
