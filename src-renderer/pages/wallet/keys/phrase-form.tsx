import { useCommand } from '../../../store/use-command.ts';
import { KeyForm, TextField } from './key-form.tsx';
import { NewPassword, passwordProblem } from './new-password.tsx';

export interface PhraseFormProps {
  readonly which: 'hotkey' | 'coldkey';
  readonly needsPassword: boolean;
  readonly onDone: () => void;
}

/** Brings a key back from its words. They do not show while they are typed. */
export function PhraseForm({ which, needsPassword, onDone }: PhraseFormProps) {
  const { send, pending, failure } = useCommand();
  const restore = async (phrase: string, password: string | null): Promise<void> => {
    if ((await send('keys.import-mnemonic', { key: which, phrase, password })).ok) onDone();
  };
  return (
    <KeyForm
      label={`Restore a ${which}`}
      action={`Restore ${which}`}
      pending={pending}
      failure={failure}
      onCancel={onDone}
      onSubmit={(typed) => {
        const problem = needsPassword ? passwordProblem(typed) : null;
        if (problem === null) void restore(typed('phrase'), needsPassword ? typed('password') : null);
        return problem;
      }}
    >
      <TextField
        name="phrase"
        label={`Recovery words of the ${which}`}
        hint="English words in their order, with spaces between. They do not show."
        isSecret
        isWide
      />
      {needsPassword && <NewPassword what={which} />}
    </KeyForm>
  );
}
