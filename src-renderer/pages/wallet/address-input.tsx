import { TextInput } from '../../components/text-input.tsx';
import { CheckedAddress } from './checked-address.tsx';
import type { AddressCheck } from './use-address.ts';

export interface AddressInputProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly check: AddressCheck;
  readonly testId: string;
  /** While nothing is wrong with it. */
  readonly hint?: string;
}

/** An address that is typed or pasted. What the check finds wrong stands below it. */
export function AddressInput({ label, text, onChange, check, testId, hint = 'Begins with a 5.' }: AddressInputProps) {
  return (
    <TextInput
      {...{ label, value: text, onChange, testId, problem: check.problem }}
      hint={check.isLoading ? 'Checking…' : hint}
      maxLength={200}
      placeholder="5…"
    />
  );
}

/** What the check knows of an address that is one, to be compared by eye; nothing before. */
export function AddressFound({ check: { reply } }: { readonly check: AddressCheck }) {
  return reply?.kind === 'valid' && <CheckedAddress reply={reply} warnings={reply.warnings} />;
}
