import { bind } from '../components/class-names.ts';
import { CHAIN_LABELS, chainCondition, CONDITION_WORDS, nodeText } from '../format/chain-words.ts';
import { countText, DASH } from '../format/numbers.ts';
import { useAppState } from '../store/context.tsx';
import styles from './network-status.module.css';

const cx = bind(styles);

/** The foot of the sidebar: which network, by which node, how far, and with how many. */
export function NetworkStatus() {
  const name = useAppState((state) => state.network.name);
  const netuid = useAppState((state) => state.network.netuid);
  const endpoint = useAppState((state) => state.network.endpoint);
  const condition = useAppState((state) => chainCondition(state.network));
  const block = useAppState((state) => state.network.block);
  const peers = useAppState((state) => state.network.peers);
  const version = useAppState((state) => state.version);
  return (
    <dl className={cx('network')} aria-label="Network">
      <div className={cx('line', 'name')}>
        <dt>
          <span className={cx('dot', condition)} aria-hidden="true" />
          {CHAIN_LABELS[name]}
        </dt>
        <dd>{CONDITION_WORDS[condition]}</dd>
      </div>
      {name !== 'devnet' && (
        <>
          <div className={cx('line')}>
            <dt>Node</dt>
            <dd className={cx('node')}>{endpoint === null ? DASH : nodeText(endpoint)}</dd>
          </div>
          <div className={cx('line')}>
            <dt>Subnet</dt>
            <dd>{netuid ?? 'none chosen'}</dd>
          </div>
        </>
      )}
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
