import { useMemo, useState, type ReactNode } from 'react';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Steps } from '../../components/steps.tsx';
import { ProgressStep } from './progress-step.tsx';
import { QuoteStep } from './quote-step.tsx';
import { DEFAULT_TOLERANCE_PPM } from './quote-words.ts';
import { SignStep } from './sign-step.tsx';
import { useQuote } from './use-quote.ts';

const STEP_NAMES = ['Fill in', 'Check', 'Sign'] as const;

type Step =
  | { readonly kind: 'fill' }
  | { readonly kind: 'quote' }
  | { readonly kind: 'sign' }
  | { readonly kind: 'progress'; readonly orderId: string };

export interface OrderDialogProps {
  readonly title: string;
  readonly testId: string;
  readonly onClose: () => void;
  /** The form of the first step; it keeps what was typed when one comes back. */
  readonly children: (review: (order: OrderInput) => void) => ReactNode;
}

/** One order from the first field to its end on the chain. Nothing is signed before the last click. */
export function OrderDialog({ title, testId, onClose, children }: OrderDialogProps) {
  const [step, setStep] = useState<Step>({ kind: 'fill' });
  const [order, setOrder] = useState<OrderInput | null>(null);
  const [tolerancePpm, setTolerancePpm] = useState(DEFAULT_TOLERANCE_PPM);
  const [isTyped, setIsTyped] = useState(false);
  const isQuoted = step.kind === 'quote' || step.kind === 'sign';
  const request = useMemo(
    () => (isQuoted && order !== null ? { order, tolerancePpm, isTyped } : null),
    [isQuoted, order, tolerancePpm, isTyped],
  );
  const quote = useQuote(request);
  const review = (next: OrderInput): void => {
    setOrder(next);
    setIsTyped(false);
    setStep({ kind: 'quote' });
  };
  const changeTolerance = (ppm: number): void => {
    setTolerancePpm(ppm);
    setIsTyped(false);
  };
  const current = { fill: 0, quote: 1, sign: 2, progress: 3 }[step.kind];
  return (
    <Dialog title={title} testId={testId} aside={<Steps names={STEP_NAMES} current={current} />} onClose={onClose}>
      <div hidden={step.kind !== 'fill'}>{children(review)}</div>
      {step.kind === 'quote' && order !== null && (
        <QuoteStep
          order={order}
          quote={quote}
          tolerancePpm={tolerancePpm}
          onTolerance={changeTolerance}
          isTyped={isTyped}
          onTyped={() => setIsTyped(true)}
          onBack={() => setStep({ kind: 'fill' })}
          onContinue={() => setStep({ kind: 'sign' })}
        />
      )}
      {step.kind === 'sign' && order !== null && (
        <SignStep
          order={order}
          quote={quote}
          onBack={() => setStep({ kind: 'quote' })}
          onPlaced={(orderId) => setStep({ kind: 'progress', orderId })}
        />
      )}
      {step.kind === 'progress' && <ProgressStep orderId={step.orderId} onClose={onClose} />}
    </Dialog>
  );
}
