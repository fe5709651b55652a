import { LossChart } from '../../chart/loss-chart.tsx';
import { lossSeries } from '../../chart/loss-series.ts';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { useAppState } from '../../store/context.tsx';
import styles from './loss-card.module.css';

const cx = bind(styles);

export function LossCard() {
  const rounds = useAppState((state) => state.rounds);
  const progress = useAppState((state) => state.progress);
  return (
    <Card
      title="What the model has learned"
      testId="loss-card"
      aside={<span className={cx('unit')}>Loss by round, nats per token. Lower is better.</span>}
    >
      <LossChart series={lossSeries(rounds, progress)} />
    </Card>
  );
}
