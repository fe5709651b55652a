import { useEffect, useId, useRef, useState } from 'react';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { DialogActions } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { exactUnits } from '../../format/amounts.ts';
import { useAppState } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import { QuoteFreshness } from './quote-step.tsx';
import { QuoteSummary } from './quote-summary.tsx';
import { SIGNING_WORDS, signingWays, type SigningKind } from './signing-ways.ts';
import styles from './sign-step.module.css';
import { ORDER_NAMES } from './totals.ts';
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
  const ways = signingWays(useAppState((state) => state.network.name));
  const [kind, setKind] = useState<SigningKind>(ways[0] ?? 'password');
  const [password, setPassword] = useState('');
  const { send, pending, failure } = useCommand();
  const cancelRef = useRef<HTMLDivElement>(null);
  useEffect(() => cancelRef.current?.querySelector('button')?.focus(), []);
  const { shown, isAsking } = quote;
  const isReady =
    shown?.kind === 'quote' && !isAsking && quote.failure === null && !pending && (kind !== 'password' || password !== '');
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
      <Ways ways={ways} kind={kind} onChoose={setKind} />
      {kind === 'password' && (
        <Field label="Password of the coldkey">
          {(control) => (
            <input
              {...control}
              type="password"
              autoComplete="off"
              maxLength={1000}
              value={password}
              data-testid="sign-password"
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
      )}
      <Failure message={failure} />
      <DialogActions>
        <div ref={cancelRef}>
          <Button kind="secondary" data-testid="sign-cancel" onClick={onBack}>
            Cancel
          </Button>
        </div>
        <Button kind="primary" aria-disabled={!isReady} data-testid="sign" onClick={() => void sign()}>
          {pending ? 'Signing…' : kind === 'extension' ? 'Open the extension' : `Sign: ${ORDER_NAMES[order.kind]}`}
        </Button>
      </DialogActions>
    </div>
  );
}

interface WaysProps {
  readonly ways: readonly SigningKind[];
  readonly kind: SigningKind;
  readonly onChoose: (kind: SigningKind) => void;
}

function Ways({ ways, kind, onChoose }: WaysProps) {
  const id = useId();
  return (
    <fieldset className={cx('ways')}>
      <legend className={cx('legend')}>Sign with</legend>
      {ways.map((way) => (
        <label key={way} className={cx('way')}>
          <input
            type="radio"
            name={id}
            checked={way === kind}
            data-testid={`sign-with-${way}`}
            onChange={() => onChoose(way)}
          />
          <span>
            <span className={cx('wayName')}>{SIGNING_WORDS[way].name}</span>
            <span className={cx('effect')}>{SIGNING_WORDS[way].effect}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
