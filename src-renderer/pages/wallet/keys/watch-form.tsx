import { useCommand } from '../../../store/use-command.ts';
import { KeyForm, TextField } from './key-form.tsx';

/** Takes an address for a coldkey, of which nothing else is here. */
export function WatchForm({ onDone }: { readonly onDone: () => void }) {
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
