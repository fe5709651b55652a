import { useEffect, useRef, useState } from 'react';
import type { NewColdkey } from '#protocol/contract/keys.ts';
import { useCommand } from '../../../store/use-command.ts';
import { KeyForm, TextField } from './key-form.tsx';
import { NewPassword, passwordProblem } from './new-password.tsx';
import { RecoveryWords } from './recovery-words.tsx';

/** Where the owner is: the words are in the page for the second step alone. */
type Step =
  | { readonly kind: 'password' }
  | { readonly kind: 'words'; readonly made: NewColdkey }
  | { readonly kind: 'quiz'; readonly made: Omit<NewColdkey, 'words'> };

/** Password, then the words once, then a quiz. Nothing is saved before the last answer is right. */
export function NewColdkeyFlow({ onDone }: { readonly onDone: () => void }) {
  const [step, setStep] = useState<Step>({ kind: 'password' });
  const { send, pending, failure } = useCommand();
  const create = async (password: string): Promise<void> => {
    const reply = await send('keys.create-coldkey', { password });
    if (reply.ok) setStep({ kind: 'words', made: reply.value });
  };
  const confirm = async (id: string, words: { index: number; word: string }[]): Promise<void> => {
    if ((await send('keys.confirm-coldkey', { id, words })).ok) onDone();
  };
  switch (step.kind) {
    case 'password':
      return (
        <KeyForm
          label="Create a coldkey, step 1 of 3"
          action="Go on"
          intro="Step 1 of 3. The password encrypts the coldkey on this machine, and you type it for every signature. Next come twelve words to write down."
          pending={pending}
          failure={failure}
          onCancel={onDone}
          onSubmit={(typed) => {
            const problem = passwordProblem(typed);
            if (problem === null) void create(typed('password'));
            return problem;
          }}
        >
          <NewPassword what="coldkey" />
        </KeyForm>
      );
    case 'words': {
      const { words, ...made } = step.made;
      return <RecoveryWords words={words} onWritten={() => setStep({ kind: 'quiz', made })} onCancel={onDone} />;
    }
    case 'quiz': {
      const { id, quiz } = step.made;
      return (
        <FocusFirst>
          <KeyForm
            label="Create a coldkey, step 3 of 3"
            action="Save coldkey"
            intro="Step 3 of 3. Type these words from your paper. The coldkey is saved when they are right."
            pending={pending}
            failure={failure}
            onCancel={onDone}
            onSubmit={(typed) => {
              void confirm(
                id,
                quiz.map((index) => ({ index, word: typed(`word-${index}`) })),
              );
              return null;
            }}
          >
            {quiz.map((index) => (
              <TextField key={index} name={`word-${index}`} label={`Word number ${index + 1}`} />
            ))}
          </KeyForm>
        </FocusFirst>
      );
    }
  }
}

/** The button that led here is gone, and the focus with it. */
function FocusFirst({ children }: { readonly children: React.ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.querySelector('input')?.focus(), []);
  return <div ref={ref}>{children}</div>;
}
