import type { RoundProgress } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { PHASE_NAMES, PHASES } from '../../format/work-words.ts';
import styles from './phase-track.module.css';

const cx = bind(styles);

/** How full each phase of the running round is, 0…1, in the order of PHASES. */
function phaseFills(progress: RoundProgress | null): readonly number[] {
  if (progress === null) return PHASES.map(() => 0);
  const current = PHASES.indexOf(progress.phase);
  return PHASES.map((phase, index) => {
    if (index !== current) return index < current ? 1 : 0;
    return phase === 'training' ? Math.min(1, progress.step / Math.max(1, progress.steps)) : 0.5;
  });
}

/** The five phases of a round; training, the longest, fills step by step. */
export function PhaseTrack({ progress }: { readonly progress: RoundProgress | null }) {
  const isTraining = progress?.phase === 'training';
  return (
    <div className={cx('phase')}>
      <p className={cx('words')}>
        <span className={cx('name')}>{progress === null ? 'Between rounds' : PHASE_NAMES[progress.phase]}</span>
        <span className={cx('steps')}>{isTraining ? `step ${progress.step} of ${progress.steps}` : ''}</span>
      </p>
      <div className={cx('track')} aria-hidden="true">
        {phaseFills(progress).map((fill, index) => (
          <svg key={PHASES[index]} className={cx('segment')} width="100%" height="6">
            <rect className={cx('ground')} width="100%" height="6" rx="3" />
            {fill > 0 && <rect className={cx('fill')} width={`${(fill * 100).toFixed(1)}%`} height="6" rx="3" />}
          </svg>
        ))}
      </div>
    </div>
  );
}
