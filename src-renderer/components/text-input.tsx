import { Field, type FieldProps } from './field.tsx';

export interface TextInputProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly testId: string;
  readonly type?: 'text' | 'search' | 'password';
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly inputMode?: 'decimal';
}

/** One line that somebody types, and that no browser fills in or corrects. */
export function TextInput({
  value,
  onChange,
  testId,
  type = 'text',
  placeholder,
  maxLength,
  inputMode,
  ...field
}: TextInputProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          {...{ type, value, placeholder, maxLength, inputMode }}
          autoComplete="off"
          spellCheck={false}
          data-testid={testId}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
