import { useState } from 'react';
import { TextInput } from '../../components/text-input.tsx';
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
      <TextInput
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
        inputMode="decimal"
        value={text}
        testId="tolerance"
        onChange={(next) => {
          setText(next);
          const ppm = parsePercentPpm(next);
          if (ppm !== null) onChange(ppm);
        }}
      />
    </div>
  );
}

const percentNumber = (ppm: number): string => (ppm / 10_000).toString();

function hintOf(ppm: number): string {
  if (ppm > TYPE_PPM) return 'This could cost more than half of it. You have to type that you mean it.';
  if (ppm > WARN_PPM) return 'High: you could get that much less than shown.';
  return 'If the price gets worse by more than this, the chain refuses the order.';
}
