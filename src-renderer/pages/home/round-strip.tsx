import { bind } from '../../components/class-names.ts';
import { countText, DASH, gradientNormText, lossText, tokensPerSecondText } from '../../format/numbers.ts';
import { useAppState } from '../../store/context.tsx';
import { PhaseTrack } from './phase-track.tsx';
import styles from './round-strip.module.css';

const cx = bind(styles);

/** This round in numbers. Always all of them, so that nothing moves when one becomes known. */
export function RoundStrip() {
  const progress = useAppState((state) => state.progress);
  const tokensPerSecond = progress?.tokensPerSecond ?? null;
  const loss = progress?.loss ?? null;
  const gradientNorm = progress?.gradientNorm ?? null;
  return (
    <div className={cx('strip')} data-testid="round-progress">
      <dl className={cx('numbers')}>
        <div className={cx('number')}>
          <dt>Round</dt>
          <dd data-testid="round-number">{progress === null ? DASH : countText(progress.round)}</dd>
        </div>
        <div className={cx('number')}>
          <dt>Tokens per second</dt>
          <dd data-testid="tokens-per-second">
            {tokensPerSecond === null ? DASH : tokensPerSecondText(tokensPerSecond)}
          </dd>
        </div>
        <div className={cx('number')}>
          <dt>Loss now</dt>
          <dd>{loss === null ? DASH : lossText(loss)}</dd>
        </div>
        <div className={cx('number')} title="How steep the loss is at this step, before clipping">
          <dt>Gradient norm</dt>
          <dd data-testid="gradient-norm">{gradientNorm === null ? DASH : gradientNormText(gradientNorm)}</dd>
        </div>
      </dl>
      <PhaseTrack progress={progress} />
    </div>
  );
}
