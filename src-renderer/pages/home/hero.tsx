import { Mark } from '../../components/mark.tsx';
import { bind } from '../../components/class-names.ts';
import { Failure } from '../../components/failure.tsx';
import { workWords, type Tone } from '../../format/work-words.ts';
import { useAppState } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import styles from './hero.module.css';
import { RetryCountdown } from './retry-countdown.tsx';
import { RoundStrip } from './round-strip.tsx';
import { StartMeter } from './start-meter.tsx';
import { useWheelDegrees } from './use-wheel-degrees.ts';
import { WorkButton } from './work-button.tsx';

const cx = bind(styles);

const MARK_TONES = {
  idle: 'still',
  busy: 'water',
  earning: 'water',
  attention: 'still',
  failed: 'bad',
} as const satisfies Record<Tone, string>;

/** What the machine does for its owner, in words, and the one large button. */
export function Hero() {
  const work = useAppState((state) => state.work);
  const hasHistory = useAppState((state) => state.rounds.length > 0);
  const isRunning = useAppState((state) => state.progress !== null);
  // From the first round on it stays while the work goes on, so that nothing jumps between two rounds.
  const hasStrip = isRunning || (hasHistory && work.kind !== 'stopped' && work.kind !== 'failed');
  const degrees = useWheelDegrees();
  const command = useCommand();
  const { tone, headline, sentence, action } = workWords(work, hasHistory);
  return (
    <section className={cx('hero', tone)} aria-label="Work" data-testid="work" data-work={work.kind}>
      <div className={cx('top')}>
        <div className={cx('wheel')}>
          <Mark degrees={degrees} tone={MARK_TONES[tone]} />
        </div>
        <div className={cx('words')}>
          <div role="status">
            <h2 className={cx('headline')}>{headline}</h2>
            <p className={cx('sentence')}>{sentence}</p>
            {work.kind === 'failed' && <p className={cx('advice')}>{work.advice}</p>}
          </div>
          {work.kind === 'failed' && (
            <p className={cx('code')}>
              Code <code>{work.code}</code>
            </p>
          )}
          {work.kind === 'starting' && work.usual !== undefined && <StartMeter usual={work.usual} />}
          {work.kind === 'restarting' && <RetryCountdown attempt={work.attempt} retryAtMs={work.retryAtMs} />}
          <Failure message={command.failure} />
        </div>
        <div className={cx('action')}>
          <WorkButton action={action} command={command} />
        </div>
      </div>
      {hasStrip && <RoundStrip />}
    </section>
  );
}
