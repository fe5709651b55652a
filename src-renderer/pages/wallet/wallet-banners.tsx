import { Banner } from '../../components/banner.tsx';
import { bind } from '../../components/class-names.ts';
import { alphaText } from '../../format/tao.ts';
import { useAppState } from '../../store/context.tsx';
import { lockedSubnets } from './totals.ts';
import styles from './wallet-banners.module.css';

const cx = bind(styles);

/** What holds for the whole wallet and must not be missed. */
export function WalletBanners() {
  const stake = useAppState((state) => state.wallet.stake);
  const isOffline = useAppState((state) => state.network.chain === 'disconnected');
  const swap = stake?.swap ?? null;
  const locked = stake === null ? [] : lockedSubnets(stake);
  if (swap === null && !isOffline && locked.length === 0) return null;
  return (
    <div className={cx('banners')}>
      {swap !== null && (
        <Banner level="error">
          <strong>
            {swap.isDisputed
              ? 'The move of this coldkey to another one is disputed.'
              : `This coldkey moves to another one, from block ${swap.fromBlock.toLocaleString('en')} on.`}
          </strong>{' '}
          {swap.isDisputed
            ? 'The chain lets it do nothing until that is settled.'
            : 'Until then the chain lets it do nothing else. If you did not announce this, somebody else has your key: dispute it now with another wallet.'}
        </Banner>
      )}
      {isOffline && (
        <Banner level="warning">
          <strong>The chain is out of reach.</strong>{' '}
          {stake === null
            ? 'Balances are not known until it is back.'
            : `Amounts are as of block ${stake.block.toLocaleString('en')}. Nothing can be signed until it is back.`}{' '}
          Millrace keeps trying by itself.
        </Banner>
      )}
      {locked.map(({ netuid, lockedAlpha, availableAlpha }) => (
        <Banner key={netuid} level="info">
          <strong>
            {alphaText(lockedAlpha)} alpha of subnet {netuid} is locked.
          </strong>{' '}
          It still earns. {alphaText(availableAlpha)} alpha can leave now.
        </Banner>
      ))}
    </div>
  );
}
