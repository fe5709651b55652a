import type { ReactNode } from 'react';
import { parseAmount, percentOf, plainUnits } from '../format/amounts.ts';
import styles from './amount-field.module.css';
import { bind } from './class-names.ts';
import { Field } from './field.tsx';

const cx = bind(styles);

/** What is in the field: typed text, or all that will be there when the block comes. */
export type AmountDraft = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'everything' };

export const EMPTY_AMOUNT: AmountDraft = { kind: 'text', text: '' };

export interface AmountFieldProps {
  readonly draft: AmountDraft;
  readonly onChange: (draft: AmountDraft) => void;
  /** `TAO`, or `alpha of subnet 3`. */
  readonly unit: string;
  /** In smallest units; what "Max" fills in. */
  readonly max: bigint;
  /** What `max` is, such as `12.5 TAO available`. */
  readonly available: string;
  readonly canBeEverything: boolean;
  readonly hint?: ReactNode;
}

export function AmountField(props: AmountFieldProps) {
  const { draft, onChange, unit, max, available, canBeEverything, hint } = props;
  const isEverything = draft.kind === 'everything';
  const fill = (units: bigint): void => onChange({ kind: 'text', text: units === 0n ? '' : plainUnits(units) });
  return (
    <div className={cx('amount')}>
      <Field label="Amount" aside={available} hint={hint} problem={amountProblem(draft, max)}>
        {(control) => (
          <span className={cx('box')}>
            <input
              {...control}
              type="text"
              inputMode="decimal"
              autoComplete="off"
              spellCheck={false}
              placeholder="0.0"
              value={isEverything ? 'All of it' : draft.text}
              readOnly={isEverything}
              data-testid="amount"
              onChange={({ target }) => onChange({ kind: 'text', text: target.value })}
            />
            <span className={cx('unit')}>{unit}</span>
          </span>
        )}
      </Field>
      <div className={cx('chips')} role="group" aria-label="Fill in an amount">
        {[25, 50].map((percent) => (
          <button key={percent} type="button" className={cx('chip')} onClick={() => fill(percentOf(max, percent))}>
            {percent} %
          </button>
        ))}
        <button type="button" className={cx('chip')} data-testid="amount-max" onClick={() => fill(max)}>
          Max
        </button>
        {canBeEverything && (
          <button
            type="button"
            className={cx('chip')}
            aria-pressed={isEverything}
            data-testid="amount-all"
            onClick={() => onChange(isEverything ? EMPTY_AMOUNT : { kind: 'everything' })}
          >
            All, with what is earned meanwhile
          </button>
        )}
      </div>
    </div>
  );
}

/** `null` while nothing is typed: an empty field is not a mistake. */
function amountProblem(draft: AmountDraft, max: bigint): string | null {
  if (draft.kind === 'everything') return null;
  const parsed = parseAmount(draft.text);
  if (parsed.kind === 'wrong') return parsed.message;
  return parsed.kind === 'amount' && parsed.units > max ? `At most ${plainUnits(max)} can be used` : null;
}

/** In smallest units; `null` while it cannot be used. */
export function usableUnits(draft: AmountDraft, max: bigint): bigint | null {
  if (draft.kind === 'everything') return null;
  const parsed = parseAmount(draft.text);
  return parsed.kind === 'amount' && parsed.units <= max ? parsed.units : null;
}

/** The same as the contract has it. */
export function usableAmount(draft: AmountDraft, max: bigint): string | null {
  return draft.kind === 'everything' ? 'everything' : (usableUnits(draft, max)?.toString() ?? null);
}
