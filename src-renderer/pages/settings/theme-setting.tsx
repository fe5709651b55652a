import { useId } from 'react';
import type { ThemeSetting } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { SettingRow } from './setting-row.tsx';
import styles from './theme-setting.module.css';
import { useSetting } from './use-settings.ts';

const cx = bind(styles);

const CHOICES: readonly (readonly [ThemeSetting, string])[] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function ThemeSettingRow() {
  const { value, failure, disabled, change } = useSetting('theme');
  const id = useId();
  return (
    <SettingRow
      label={<span id={id}>Theme</span>}
      effect="System follows the computer's own light or dark setting."
      effectId={`${id}-effect`}
      failure={failure}
    >
      <div role="radiogroup" aria-labelledby={id} aria-describedby={`${id}-effect`} className={cx('choices')}>
        {CHOICES.map(([theme, label]) => (
          <label key={theme} className={cx('choice')}>
            <input
              type="radio"
              name={id}
              className="visually-hidden"
              checked={value === theme}
              disabled={disabled}
              data-testid={`theme-${theme}`}
              onChange={() => change(theme)}
            />
            {label}
          </label>
        ))}
      </div>
    </SettingRow>
  );
}
