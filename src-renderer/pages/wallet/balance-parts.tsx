import type { StakeState } from '#protocol/contract/wallet.ts';
import { bind } from '../../components/class-names.ts';
import { DASH } from '../../format/numbers.ts';
import { alphaText, exactAlphaText, exactTaoText, taoText } from '../../format/tao.ts';
import { useAppState } from '../../store/context.tsx';
import styles from './balance-parts.module.css';
import { perMille, totalsOf, type WalletTotals } from './totals.ts';

const cx = bind(styles);

interface Part {
  readonly key: 'available' | 'staked' | 'frozen' | 'reserved';
  readonly label: string;
  readonly what: string;
  readonly rao: (totals: WalletTotals) => bigint;
  /** Most wallets have none of it. */
  readonly isRare: boolean;
}

const PARTS: readonly Part[] = [
  { key: 'available', label: 'Free', what: 'To send or stake', rao: (all) => all.availableRao, isRare: false },
  { key: 'staked', label: 'Staked', what: 'Worth of your alpha today', rao: (all) => all.stakedRao, isRare: false },
  { key: 'frozen', label: 'Frozen', what: 'Vesting: not to be moved yet', rao: (all) => all.frozenRao, isRare: true },
  { key: 'reserved', label: 'Reserved', what: 'Held for a deposit', rao: (all) => all.reservedRao, isRare: true },
];

/** One bar and what it is made of. */
export function BalanceParts({ stake }: { readonly stake: StakeState | null }) {
  const totals = stake === null ? null : totalsOf(stake);
  const shown = PARTS.filter(({ isRare, rao }) => !isRare || (totals !== null && rao(totals) > 0n));
  return (
    <div className={cx('parts')}>
      <Bar totals={totals} />
      <dl className={cx('list')}>
        {shown.map(({ key, label, what, rao }) => {
          const amount = totals === null ? null : rao(totals).toString();
          return (
            <div key={key} className={cx('part')}>
              <dt>
                <span className={cx('dot', key)} aria-hidden="true" />
                {label}
              </dt>
              <dd title={amount === null ? undefined : exactTaoText(amount)} data-testid={`balance-${key}`}>
                {amount === null ? DASH : `${taoText(amount)} TAO`}
                <span className={cx('what')}>{what}</span>
              </dd>
            </div>
          );
        })}
        <Pending />
      </dl>
    </div>
  );
}

/** Paid in blocks that others may still replace: in no sum yet. */
function Pending() {
  const pendingAlpha = useAppState((state) => state.earnings.pendingAlpha);
  if (BigInt(pendingAlpha) === 0n) return null;
  return (
    <div className={cx('part')}>
      <dt>
        <span className={cx('dot', 'pending')} aria-hidden="true" />
        Rewards being confirmed
      </dt>
      <dd title={exactAlphaText(pendingAlpha)} data-testid="balance-pending">
        {alphaText(pendingAlpha)} alpha
        <span className={cx('what')}>Staked once their blocks are final</span>
      </dd>
    </div>
  );
}

function Bar({ totals }: { readonly totals: WalletTotals | null }) {
  const slices = totals === null ? [] : slicesOf(totals);
  return (
    <svg className={cx('bar')} viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className={cx('ground')} width="1000" height="8" />
      {slices.map(({ key, from, width }) => (
        <rect key={key} className={cx(key)} x={from} width={width} height="8" />
      ))}
    </svg>
  );
}

function slicesOf(totals: WalletTotals): readonly { key: Part['key']; from: number; width: number }[] {
  let from = 0;
  return PARTS.map(({ key, rao }) => {
    const width = perMille(rao(totals), totals.totalRao);
    const slice = { key, from, width };
    from += width;
    return slice;
  });
}
