import { MIN_PASSWORD_LENGTH } from '#protocol/contract/keys.ts';
import { TextField, type Typed } from './key-form.tsx';

/** The two fields of a password that is to seal a key. */
export function NewPassword({ what }: { readonly what: string }) {
  return (
    <>
      <TextField
        name="password"
        label={`Password for the ${what}`}
        hint={`At least ${MIN_PASSWORD_LENGTH} characters. Nobody can bring it back for you.`}
        isSecret
      />
      <TextField name="again" label="The same password again" isSecret />
    </>
  );
}

/** What is wrong with the two, or `null`. */
export function passwordProblem(typed: Typed): string | null {
  if (typed('password').trim().length < MIN_PASSWORD_LENGTH) {
    return `The password needs at least ${MIN_PASSWORD_LENGTH} characters.`;
  }
  return typed('password') === typed('again') ? null : 'The two passwords are not the same.';
}
