import { useState, type ReactNode, type SubmitEvent } from 'react';
import { Button } from '../../../components/button.tsx';
import { bind } from '../../../components/class-names.ts';
import { Field } from '../../../components/field.tsx';
import { Failure } from '../../../components/failure.tsx';
import styles from './key-form.module.css';

const cx = bind(styles);

/** What was typed into a field of a form; empty without such a field. */
export type Typed = (name: string) => string;

export interface KeyFormProps {
  readonly label: string;
  readonly intro?: ReactNode;
  /** On the button that goes on. */
  readonly action: string;
  readonly pending: boolean;
  /** Why main refused it. */
  readonly failure: string | null;
  /** Returns what is wrong before main is asked, or `null`. */
  readonly onSubmit: (typed: Typed) => string | null;
  readonly onCancel: () => void;
  readonly children?: ReactNode;
}

/** Fields are not controlled: what is typed stays in the page's inputs, which are gone with the form, and in no state. */
export function KeyForm({ label, intro, action, pending, failure, onSubmit, onCancel, children }: KeyFormProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setProblem(
      onSubmit((name) => {
        const value = data.get(name);
        return typeof value === 'string' ? value : '';
      }),
    );
  };
  return (
    <form className={cx('form')} aria-label={label} autoComplete="off" onSubmit={submit}>
      {intro !== undefined && <p className={cx('intro')}>{intro}</p>}
      {children}
      <Failure message={problem ?? failure} />
      <div className={cx('actions')}>
        <Button kind="primary" type="submit" disabled={pending}>
          {action}
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <p role="status" className={cx('status')}>
          {pending && 'Working on it. A password takes a few seconds, so that nobody can try many.'}
        </p>
      </div>
    </form>
  );
}

export interface TextFieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly initial?: string;
  /** Does not show what is typed. */
  readonly isSecret?: boolean;
  readonly isWide?: boolean;
}

export function TextField({ name, label, hint, initial, isSecret = false, isWide = false }: TextFieldProps) {
  return (
    <div className={cx(!isWide && 'narrow')}>
      <Field {...{ label, hint }}>
        {(control) => (
          <input
            {...control}
            name={name}
            type={isSecret ? 'password' : 'text'}
            defaultValue={initial}
            required
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
    </div>
  );
}

export interface ChoicesProps<Value extends string> {
  readonly name: string;
  readonly legend: string;
  readonly value: Value;
  readonly options: ReadonlyArray<{ readonly value: Value; readonly words: string }>;
  readonly onChange: (value: Value) => void;
}

export function Choices<Value extends string>({ name, legend, value, options, onChange }: ChoicesProps<Value>) {
  return (
    <fieldset className={cx('choices')}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className={cx('choice')}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={value === option.value}
            onChange={() => onChange(option.value)}
          />
          {option.words}
        </label>
      ))}
    </fieldset>
  );
}
