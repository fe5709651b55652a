import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { TextInput } from '../../components/text-input.tsx';
import { TYPED_WORDS } from './quote-words.ts';
import styles from './typed-consent.module.css';

const cx = bind(styles);

/** For what could cost more than half: a click is too little. */
export function TypedConsent({ onTyped }: { readonly onTyped: () => void }) {
  const [text, setText] = useState('');
  const isTyped = text.trim().toLowerCase() === TYPED_WORDS;
  return (
    <div className={cx('consent')}>
      <TextInput
        label={`Type “${TYPED_WORDS}” to go on all the same`}
        hint="Better: go back and choose a smaller amount."
        {...{ value: text, onChange: setText, testId: 'typed-consent' }}
      />
      <Button kind="secondary" disabled={!isTyped} onClick={onTyped}>
        I mean it: show the quote
      </Button>
    </div>
  );
}
