import { useEffect, useRef, useState } from 'react';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { DialogActions } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { exactUnits } from '../../format/amounts.ts';
import { useAppState } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import { QuoteFreshness } from './quote-step.tsx';
import { QuoteSummary } from './quote-summary.tsx';
import { SIGNING_WORDS, signingWay } from './signing-ways.ts';
import styles from './sign-step.module.css';
import type { LiveQuote } from './use-quote.ts';

const cx = bind(styles);

export interface SignStepProps {
  readonly order: OrderInput;
  readonly quote: LiveQuote;
  readonly onBack: () => void;
  readonly onPlaced: (orderId: string) => void;
}

/** The last look. The focus begins on "Cancel", and the Enter key in the password field does nothing. */
export function SignStep({ order, quote, onBack, onPlaced }: SignStepProps) {
  const kind = useAppState((state) => signingWay(state).kind);
  const [password, setPassword] = useState('');
  const { send, pending, failure } = useCommand();
  const cancelRef = useRef<HTMLDivElement>(null);
  useEffect(() => cancelRef.current?.querySelector('button')?.focus(), []);
  const { shown, isAsking } = quote;
  const isReady =
    kind !== 'none' &&
    shown?.kind === 'quote' &&
    !isAsking &&
    quote.failure === null &&
    !pending &&
    (kind !== 'password' || password !== '');
  const sign = async (): Promise<void> => {
    if (!isReady) return;
    const signing = kind === 'password' ? { kind, password } : { kind };
    const reply = await send('wallet.place', { quoteId: shown.quoteId, signing });
    setPassword('');
    if (reply.ok) onPlaced(reply.value.orderId);
    // What was refused may have used up its quote.
    else quote.renew();
  };
  return (
    <div className={cx('step')} role="group" aria-label="Sign">
      {shown?.kind === 'quote' ? (
        <>
          <QuoteSummary order={order} quote={shown} />
          <p className={cx('fee')}>
            The transaction fee of {exactUnits(shown.transactionFeeRao)} TAO is paid on top. What is signed cannot be
            taken back.
          </p>
          <QuoteFreshness block={shown.block} live={quote} />
        </>
      ) : (
        <Banner level="error">{shown?.kind === 'refused' ? shown.message : 'There is no quote to sign.'}</Banner>
      )}
      {quote.failure !== null && <Banner level="error">There is no new quote: {quote.failure}</Banner>}
      {kind !== 'none' && (
        <div className={cx('way')} data-testid={`sign-with-${kind}`}>
          <p className={cx('wayName')}>{SIGNING_WORDS[kind].name}</p>
          <p className={cx('effect')}>{SIGNING_WORDS[kind].effect}</p>
        </div>
      )}
      {kind === 'password' && (
        <TextInput
          {...{ label: 'Password of the coldkey', type: 'password', value: password, onChange: setPassword }}
          maxLength={1000}
          testId="sign-password"
        />
      )}
      <Failure message={failure} />
      <DialogActions>
        <div ref={cancelRef}>
          <Button
            kind="secondary"
            aria-disabled={pending}
            data-testid="sign-cancel"
            onClick={() => {
              // What is being signed goes on: to go back then would only look like taking it back.
              if (!pending) onBack();
            }}
          >
            Cancel
          </Button>
        </div>
        <Button kind="primary" aria-disabled={!isReady} data-testid="sign" onClick={() => void sign()}>
          {pending ? 'Signing…' : kind === 'extension' ? 'Ask the extension' : 'Sign and send'}
        </Button>
      </DialogActions>
    </div>
  );
}
