import { NO_VALUE } from '../../format/chain-words.ts';
import { bind } from '../../components/class-names.ts';
import { Card } from '../../components/card.tsx';
import { TaoAmount } from '../../components/tao-amount.tsx';
import { DASH, reputationText } from '../../format/numbers.ts';
import { alphaText, exactAlphaText, exactTaoText, taoText } from '../../format/tao.ts';
import { agoText } from '../../format/time.ts';
import { useAppState } from '../../store/context.tsx';
import { newestReputation } from '../../store/newest-reputation.ts';
import { useNow } from '../../store/use-now.ts';
import styles from './earnings-card.module.css';

const cx = bind(styles);

export function EarningsCard() {
  const { totalAlpha, totalRao, todayRao, pendingAlpha, pendingRao, lastRewardRao, lastRewardAtMs } = useAppState(
    (state) => state.earnings,
  );
  const reputation = useAppState(newestReputation);
  const nowMs = useNow(10_000);
  const noValue = useAppState((state) => NO_VALUE[state.network.name]);
  return (
    <Card title="Earned">
      <TaoAmount amountRao={totalRao} testId="earned-total" />
      <p className={cx('paid')} title={exactAlphaText(totalAlpha)} data-testid="earned-alpha">
        {alphaText(totalAlpha)} alpha, confirmed
      </p>
      <dl className={cx('parts')}>
        <div className={cx('part')}>
          <dt>Today</dt>
          <dd title={exactTaoText(todayRao)} data-testid="earned-today">
            {taoText(todayRao)}
          </dd>
        </div>
        <div className={cx('part')} title="Paid in the newest blocks, which the chain may still replace">
          <dt>Being confirmed</dt>
          <dd title={`${exactTaoText(pendingRao)}, ${exactAlphaText(pendingAlpha)}`} data-testid="earned-pending">
            {pendingRao === '0' ? DASH : `+${taoText(pendingRao)}`}
          </dd>
        </div>
        <div className={cx('part')}>
          <dt>
            Last reward
            {lastRewardAtMs !== null && <span className={cx('ago')}>{agoText(lastRewardAtMs, nowMs)}</span>}
          </dt>
          <dd title={lastRewardRao === null ? undefined : exactTaoText(lastRewardRao)} data-testid="last-reward">
            {lastRewardRao === null ? DASH : `+${taoText(lastRewardRao)}`}
          </dd>
        </div>
        <div className={cx('part')} title="What the validators hold of this machine over weeks, of 100">
          <dt>Reputation</dt>
          <dd data-testid="reputation">{reputationText(reputation)}</dd>
        </div>
      </dl>
      <p className={cx('note')}>
        The chain pays in the subnet’s own token, alpha, as stake of your hotkey. TAO is what it was worth when it was
        paid.{noValue === null ? '' : ` ${noValue}`}
      </p>
    </Card>
  );
}
