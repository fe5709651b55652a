import { useCommand } from '../../../store/use-command.ts';
import { KeyForm, TextField } from './key-form.tsx';

export interface RemoveFormProps {
  readonly which: 'hotkey' | 'coldkey';
  readonly address: string;
  /** Nothing secret is here: an address that is watched, or a key in an extension. */
  readonly isHarmless?: boolean;
  readonly onDone: () => void;
}

/** How much of the address is typed as a proof. */
const PROOF_LETTERS = 6;

export function RemoveForm({ which, address, isHarmless = false, onDone }: RemoveFormProps) {
  const { send, pending, failure } = useCommand();
  const remove = async (): Promise<void> => {
    const name = which === 'hotkey' ? 'keys.remove-hotkey' : 'keys.remove-coldkey';
    if ((await send(name, { address })).ok) onDone();
  };
  const proof = address.slice(-PROOF_LETTERS);
  return (
    <KeyForm
      label={`Remove the ${which}`}
      action={isHarmless ? 'Remove address' : `Delete ${which}`}
      intro={
        isHarmless
          ? 'Millrace forgets this address. Nothing is lost.'
          : `The ${which} is deleted from this machine. Without its recovery words or an export it is lost for ever, with all that only it can reach.`
      }
      pending={pending}
      failure={failure}
      onCancel={onDone}
      onSubmit={(typed) => {
        if (!isHarmless && typed('proof').trim() !== proof) return 'Those are not the last characters of the address.';
        void remove();
        return null;
      }}
    >
      {!isHarmless && <TextField name="proof" label={`Type the last ${PROOF_LETTERS} characters of its address`} />}
    </KeyForm>
  );
}
