import { useState } from 'react';
import { Field } from '../../components/field.tsx';
import { parsePercentPpm, ppmText } from '../../format/amounts.ts';
import { bind } from '../../components/class-names.ts';
import { TYPE_PPM, WARN_PPM } from './quote-words.ts';
import styles from './tolerance-field.module.css';

const cx = bind(styles);

const PRESETS_PPM = [1_000, 5_000, 10_000, 20_000] as const;

export interface ToleranceFieldProps {
  readonly tolerancePpm: number;
  readonly onChange: (ppm: number) => void;
}

/** How much worse the price may become until a block has the order. */
export function ToleranceField({ tolerancePpm, onChange }: ToleranceFieldProps) {
  const [text, setText] = useState(percentNumber(tolerancePpm));
  const typed = parsePercentPpm(text);
  const choose = (ppm: number): void => {
    setText(percentNumber(ppm));
    onChange(ppm);
  };
  return (
    <div className={cx('tolerance')}>
      <Field
        label="Tolerance, in percent"
        aside={
          <span className={cx('presets')} role="group" aria-label="Usual tolerances">
            {PRESETS_PPM.map((ppm) => (
              <button
                key={ppm}
                type="button"
                className={cx('preset')}
                aria-pressed={ppm === tolerancePpm}
                onClick={() => choose(ppm)}
              >
                {ppmText(ppm)}
              </button>
            ))}
          </span>
        }
        hint={hintOf(tolerancePpm)}
        problem={typed === null ? 'Write a percentage from 0 to 100, such as 0.5' : null}
      >
        {(control) => (
          <input
            {...control}
            type="text"
            inputMode="decimal"
            autoComplete="off"
            value={text}
            data-testid="tolerance"
            onChange={({ target }) => {
              setText(target.value);
              const ppm = parsePercentPpm(target.value);
              if (ppm !== null) onChange(ppm);
            }}
          />
        )}
      </Field>
    </div>
  );
}

const percentNumber = (ppm: number): string => (ppm / 10_000).toString();

function hintOf(ppm: number): string {
  if (ppm > TYPE_PPM) return 'This could cost more than half of it. You have to type that you mean it.';
  if (ppm > WARN_PPM) return 'High: you could get that much less than shown.';
  return 'If the price gets worse by more than this, the chain refuses the order.';
}
