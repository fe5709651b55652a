import { LossChart } from '../../chart/loss-chart.tsx';
import { lossSeries } from '../../chart/loss-series.ts';
import { Card } from '../../components/card.tsx';
import { useAppState } from '../../store/context.tsx';

export function LossCard() {
  const rounds = useAppState((state) => state.rounds);
  const progress = useAppState((state) => state.progress);
  return (
    <Card
      title="What the model has learned"
      note="The network’s loss on unseen text, nats per byte. Lower is better."
      testId="loss-card"
    >
      <LossChart series={lossSeries(rounds, progress)} />
    </Card>
  );
}
