import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import styles from './first-steps.module.css';

const cx = bind(styles);

const STEPS = [
  ['Fetch', 'Your machine downloads the newest model and some text, and checks every byte by its hash.'],
  ['Train', 'It learns from that text for one round, then sends only a small, compressed update.'],
  ['Be scored', 'A validator measures how much the update helped. You see the score and the reason.'],
  ['Be paid', 'The chain pays TAO by that score. The first reward usually takes two or three rounds.'],
] as const;

/** Stands where the curve will be, until the first round is finished. */
export function FirstSteps() {
  return (
    <Card title="What happens when you start" testId="first-steps">
      <ol className={cx('steps')}>
        {STEPS.map(([name, what]) => (
          <li key={name} className={cx('step')}>
            <h3 className={cx('name')}>{name}</h3>
            <p className={cx('what')}>{what}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
