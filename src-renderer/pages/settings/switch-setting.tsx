import { useId } from 'react';
import { bind } from '../../components/class-names.ts';
import { SettingRow } from './setting-row.tsx';
import styles from './switch-setting.module.css';
import { useSetting } from './use-settings.ts';

const cx = bind(styles);

export interface SwitchSettingProps {
  readonly name: 'startOnLaunch' | 'closeToTray';
  readonly label: string;
  readonly effect: string;
}

export function SwitchSetting({ name, label, effect }: SwitchSettingProps) {
  const { value, failure, disabled, change } = useSetting(name);
  const id = useId();
  const effectId = `${id}-effect`;
  return (
    <SettingRow label={<label htmlFor={id}>{label}</label>} effect={effect} effectId={effectId} failure={failure}>
      <span className={cx('switch')}>
        <input
          id={id}
          type="checkbox"
          role="switch"
          className={cx('input')}
          checked={value}
          disabled={disabled}
          aria-describedby={effectId}
          data-testid={`setting-${name}`}
          onChange={(event) => change(event.target.checked)}
        />
        <span className={cx('knob')} aria-hidden="true" />
      </span>
    </SettingRow>
  );
}
