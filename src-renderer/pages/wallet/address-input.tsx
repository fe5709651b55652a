import { Field } from '../../components/field.tsx';
import { CheckedAddress } from './checked-address.tsx';
import type { AddressCheck } from './use-address.ts';

export interface AddressInputProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly check: AddressCheck;
  readonly testId: string;
}

/** An address that is typed or pasted. What the check finds wrong stands below it. */
export function AddressInput({ label, text, onChange, check, testId }: AddressInputProps) {
  return (
    <Field label={label} problem={check.problem} hint={check.isLoading ? 'Checking…' : 'Begins with a 5.'}>
      {(control) => (
        <input
          {...control}
          type="text"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          placeholder="5…"
          value={text}
          data-testid={testId}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

/** What the check knows of an address that is one, to be compared by eye; nothing before. */
export function AddressFound({ check: { reply } }: { readonly check: AddressCheck }) {
  return reply?.kind === 'valid' && <CheckedAddress reply={reply} warnings={reply.warnings} />;
}
