import { useId } from 'react';
import { MIN_WORK_SHARE } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { percentText, secondsText } from '../../format/share-words.ts';
import { useAppState } from '../../store/context.tsx';
import { SettingRow } from './setting-row.tsx';
import { useSetting } from './use-settings.ts';
import styles from './work-share-setting.module.css';

const cx = bind(styles);

const STEP_PERCENT = 5;
const EFFECT =
  'Part of the time that training works. Less keeps the machine cooler and quieter, and usually earns less. A change counts at once.';

export function WorkShareSetting() {
  const setting = useSetting('workShare');
  const fixed = useAppState((state) => state.fixedWorkShare);
  const value = fixed ?? setting.value;
  const id = useId();
  return (
    <SettingRow
      label={<label htmlFor={id}>Work share</label>}
      effect={
        fixed === null
          ? EFFECT
          : `Millrace was started with --work-share ${Math.round(100 * fixed)}. Start it without to choose here.`
      }
      effectId={`${id}-effect`}
      failure={setting.failure}
    >
      <div className={cx('share')}>
        <div className={cx('words')} aria-hidden="true">
          <span className={cx('percent')}>{percentText(value)}</span>
          <span className={cx('seconds')}>{secondsText(value)}</span>
        </div>
        <input
          id={id}
          type="range"
          className={cx('slider')}
          min={100 * MIN_WORK_SHARE}
          max={100}
          step={STEP_PERCENT}
          value={Math.round(100 * value)}
          disabled={setting.disabled || fixed !== null}
          aria-valuetext={`${percentText(value)}, ${secondsText(value)}`}
          aria-describedby={`${id}-effect`}
          data-testid="setting-workShare"
          onChange={({ target }) => setting.change(Number(target.value) / 100)}
        />
      </div>
    </SettingRow>
  );
}
