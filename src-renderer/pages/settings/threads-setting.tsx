import { useId } from 'react';
import { bind } from '../../components/class-names.ts';
import { useAppState } from '../../store/context.tsx';
import { SettingRow } from './setting-row.tsx';
import styles from './select-setting.module.css';
import { useSetting } from './use-settings.ts';

const cx = bind(styles);

const AUTOMATIC = 'automatic';
const EFFECT = 'How many threads training may use. Fewer leave more for you. A change restarts the work at once.';

export function ThreadsSetting() {
  const setting = useSetting('cpuThreads');
  const fixed = useAppState((state) => state.fixedThreads);
  const value = fixed ?? setting.value;
  const cores = useAppState(({ hardware }) => (hardware.kind === 'ready' ? hardware.cpu.cores : null));
  const id = useId();
  // A saved number above this machine's cores must still be shown as what it is.
  const highest = Math.max(cores ?? 0, value ?? 0);
  const half = cores === null ? '' : `, ${Math.max(1, Math.floor(cores / 2))} here`;
  return (
    <SettingRow
      label={<label htmlFor={id}>Processor threads</label>}
      effect={
        fixed === null ? EFFECT : `Millrace was started with --threads ${fixed}. Start it without to choose here.`
      }
      effectId={`${id}-effect`}
      failure={setting.failure}
    >
      <select
        id={id}
        className={cx('select')}
        value={value ?? AUTOMATIC}
        disabled={setting.disabled || fixed !== null}
        aria-describedby={`${id}-effect`}
        data-testid="setting-cpuThreads"
        onChange={({ target }) => setting.change(target.value === AUTOMATIC ? null : Number(target.value))}
      >
        <option value={AUTOMATIC}>Automatic (half of the cores{half})</option>
        {Array.from({ length: highest }, (_, index) => index + 1).map((count) => (
          <option key={count} value={count}>
            {count === 1 ? '1 thread' : `${count} threads`}
          </option>
        ))}
      </select>
    </SettingRow>
  );
}
