import type { UsualStart } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { Meter } from '../../components/meter.tsx';
import { startProgress } from '../../format/start-progress.ts';
import { useNow } from '../../store/use-now.ts';
import styles from './start-meter.module.css';

const cx = bind(styles);

/** How far a start is, by what starts usually take. Outside of any live region, as RetryCountdown. */
export function StartMeter({ usual }: { readonly usual: UsualStart }) {
  const { label, text, fraction } = startProgress(usual, useNow(1_000));
  return (
    <div className={cx('start')} data-testid="start-meter">
      <Meter label={label} text={text} fraction={fraction} />
    </div>
  );
}
