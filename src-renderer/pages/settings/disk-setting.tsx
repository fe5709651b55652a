import { useId } from 'react';
import { MIN_DISK_GIB } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { useAppState } from '../../store/context.tsx';
import { SettingRow } from './setting-row.tsx';
import styles from './select-setting.module.css';
import { useSetting } from './use-settings.ts';

const cx = bind(styles);

const SIZES_GIB = [MIN_DISK_GIB, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const EFFECT =
  'What checkpoints, updates and text may take on this disk; what was used longest ago goes first. A run wants about 20 GB for ' +
  'each billion of its parameters. A change restarts the work at once.';

export function DiskSetting() {
  const setting = useSetting('diskGiB');
  const fixed = useAppState((state) => state.fixedDiskGiB);
  const value = fixed ?? setting.value;
  const id = useId();
  const sizes = [...new Set([...SIZES_GIB, value])].toSorted((a, b) => a - b);
  return (
    <SettingRow
      label={<label htmlFor={id}>Disk space</label>}
      effect={fixed === null ? EFFECT : `Millrace was started with --disk ${fixed}. Start it without to choose here.`}
      effectId={`${id}-effect`}
      failure={setting.failure}
    >
      <select
        id={id}
        className={cx('select')}
        value={value}
        disabled={setting.disabled || fixed !== null}
        aria-describedby={`${id}-effect`}
        data-testid="setting-diskGiB"
        onChange={({ target }) => setting.change(Number(target.value))}
      >
        {sizes.map((size) => (
          <option key={size} value={size}>
            {size} GiB
          </option>
        ))}
      </select>
    </SettingRow>
  );
}
