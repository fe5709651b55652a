import { bind } from '../components/class-names.ts';
import { countText, DASH } from '../format/numbers.ts';
import { useAppState } from '../store/context.tsx';
import styles from './network-status.module.css';

const cx = bind(styles);

const CHAIN_WORDS = { starting: 'starting', connected: 'connected', disconnected: 'out of reach' } as const;

/** The foot of the sidebar: which network, how far, and with how many. */
export function NetworkStatus() {
  const chain = useAppState((state) => state.network.chain);
  const block = useAppState((state) => state.network.block);
  const peers = useAppState((state) => state.network.peers);
  const version = useAppState((state) => state.version);
  return (
    <dl className={cx('network')} aria-label="Network">
      <div className={cx('line', 'name')}>
        <dt>
          <span className={cx('dot', chain)} aria-hidden="true" />
          Devnet
        </dt>
        <dd>{CHAIN_WORDS[chain]}</dd>
      </div>
      <div className={cx('line')}>
        <dt>Block</dt>
        <dd>{block === null ? DASH : countText(block)}</dd>
      </div>
      <div className={cx('line')}>
        <dt>Peers</dt>
        <dd>{countText(peers)}</dd>
      </div>
      <div className={cx('line')}>
        <dt>Version</dt>
        <dd>{version}</dd>
      </div>
    </dl>
  );
}
