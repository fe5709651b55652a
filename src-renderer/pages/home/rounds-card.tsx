import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { useAppState } from '../../store/context.tsx';
import { RoundRow } from './round-row.tsx';
import styles from './rounds-card.module.css';

const cx = bind(styles);

const SHORT_COUNT = 8;

/** Newest first. */
export function RoundsCard() {
  const rounds = useAppState((state) => state.rounds);
  const [isLong, setIsLong] = useState(false);
  const shown = (isLong ? rounds : rounds.slice(-SHORT_COUNT)).toReversed();
  return (
    <Card
      title="Recent rounds"
      testId="rounds-card"
      aside={
        rounds.length > SHORT_COUNT && (
          <Button kind="quiet" aria-expanded={isLong} onClick={() => setIsLong(!isLong)}>
            {isLong ? 'Show fewer' : `Show all ${rounds.length}`}
          </Button>
        )
      }
    >
      <div className={cx('scroller')} role="region" aria-label="Recent rounds, table" tabIndex={0}>
        <table className={cx('table')}>
          <thead>
            <tr>
              <th scope="col">Round</th>
              <th scope="col" className={cx('right')}>
                Loss
              </th>
              <th scope="col" className={cx('right')}>
                Score
              </th>
              <th scope="col" className={cx('right')} title="What the validators hold of this machine over weeks">
                Reputation
              </th>
              <th scope="col">Why</th>
              <th scope="col" className={cx('right')}>
                Update
              </th>
              <th scope="col" className={cx('right')}>
                Reward, TAO
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((record) => (
              <RoundRow key={record.round} record={record} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
