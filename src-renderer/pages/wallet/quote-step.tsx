import { useEffect, useRef } from 'react';
import type { OrderInput, QuoteReply } from '#protocol/contract/wallet.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { DialogActions } from '../../components/dialog.tsx';
import { quoteRows } from './quote-words.ts';
import { QuoteSummary } from './quote-summary.tsx';
import styles from './quote-step.module.css';
import { ToleranceField } from './tolerance-field.tsx';
import { TypedConsent } from './typed-consent.tsx';
import type { LiveQuote } from './use-quote.ts';

const cx = bind(styles);

export interface QuoteStepProps {
  readonly order: OrderInput;
  readonly quote: LiveQuote;
  readonly tolerancePpm: number;
  readonly onTolerance: (ppm: number) => void;
  readonly isTyped: boolean;
  readonly onTyped: () => void;
  readonly onBack: () => void;
  readonly onContinue: () => void;
}

export function QuoteStep(props: QuoteStepProps) {
  const { order, quote, tolerancePpm, onTolerance, isTyped, onTyped, onBack, onContinue } = props;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.focus(), []);
  const { shown, isAsking, failure } = quote;
  const canGoOn = shown?.kind === 'quote' && !isAsking && failure === null;
  return (
    <div ref={ref} className={cx('step')} tabIndex={-1} role="group" aria-label="Check what it would do">
      {shown === null && failure === null && <Waiting />}
      {shown?.kind === 'quote' && <QuoteDetails order={order} quote={shown} live={quote} />}
      {shown?.kind === 'refused' && (
        <div role="alert">
          <Banner level={shown.reason === 'needs-typing' ? 'warning' : 'error'}>{shown.message}</Banner>
        </div>
      )}
      {failure !== null && (
        <div role="alert">
          <Banner level="error">There is no new quote: {failure} Millrace tries again by itself.</Banner>
        </div>
      )}
      {shown?.kind === 'refused' && shown.reason === 'needs-typing' && !isTyped && <TypedConsent onTyped={onTyped} />}
      {hasTolerance(order, shown) && <ToleranceField tolerancePpm={tolerancePpm} onChange={onTolerance} />}
      <DialogActions>
        <Button kind="secondary" onClick={onBack}>
          Back
        </Button>
        <Button
          kind="primary"
          aria-disabled={!canGoOn}
          data-testid="quote-continue"
          onClick={() => {
            if (canGoOn) onContinue();
          }}
        >
          Continue
        </Button>
      </DialogActions>
    </div>
  );
}

/** Of what has no price there is none, nor of a move that the chain takes without a limit. */
function hasTolerance(order: OrderInput, shown: QuoteReply | null): boolean {
  if (order.kind === 'transfer') return false;
  if (shown === null) return false;
  if (shown.kind === 'quote') return shown.limit !== null;
  return ['beyond-limit', 'needs-typing'].includes(shown.reason);
}

const Waiting = () => (
  <p className={cx('waiting')} role="status">
    Asking the chain what it would do…
  </p>
);

interface QuoteDetailsProps {
  readonly order: OrderInput;
  readonly quote: Extract<QuoteReply, { kind: 'quote' }>;
  readonly live: LiveQuote;
}

function QuoteDetails({ order, quote, live }: QuoteDetailsProps) {
  return (
    <>
      <QuoteSummary order={order} quote={quote} />
      <QuoteFreshness block={quote.block} live={live} />
      {quote.warnings.map(({ kind, message }) => (
        <Banner key={kind} level="warning">
          {message}
        </Banner>
      ))}
      <dl className={cx('rows')} data-testid="quote-rows">
        {quoteRows(quote).map(({ label, value, hint, tone }) => (
          <div key={label} className={cx('row')}>
            <dt>
              {label}
              {hint !== undefined && <span className={cx('hint')}>{hint}</span>}
            </dt>
            <dd className={cx(tone === 'warn' && 'warn')}>{value}</dd>
          </div>
        ))}
      </dl>
      {quote.notes.map((note) => (
        <Banner key={note} level="info">
          {note}
        </Banner>
      ))}
    </>
  );
}

/** One line that is always there: what the prices are of, or how they moved. Only a move is announced. */
export function QuoteFreshness({ block, live }: { readonly block: number; readonly live: LiveQuote }) {
  return (
    <div className={cx('fresh')}>
      {live.moved === null && <p>Prices of block {block.toLocaleString('en')}, renewed every 10 s.</p>}
      <p role="status" className={cx('moved')} data-testid="quote-moved">
        {live.moved ?? ''}
      </p>
    </div>
  );
}
