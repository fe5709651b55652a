import { CardStack } from '../../components/card-layout.tsx';
import { bind } from '../../components/class-names.ts';
import { useAppState } from '../../store/context.tsx';
import { EarningsCard } from './earnings-card.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Hero } from './hero.tsx';
import styles from './home-page.module.css';
import { LossCard } from './loss-card.tsx';
import { RoundsCard } from './rounds-card.tsx';

const cx = bind(styles);

export function HomePage() {
  const hasRounds = useAppState((state) => state.rounds.length > 0);
  return (
    <CardStack>
      <h1 className="visually-hidden">Home</h1>
      <Hero />
      <div className={cx('pair')}>
        <EarningsCard />
        {hasRounds ? <LossCard /> : <FirstSteps />}
      </div>
      {hasRounds && <RoundsCard />}
    </CardStack>
  );
}
