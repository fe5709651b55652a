import type { StakePosition } from '#protocol/contract/wallet.ts';
import { bind } from '../../components/class-names.ts';
import { shortAddress } from '../../format/address.ts';
import { alphaText, taoText } from '../../format/tao.ts';
import styles from './position-note.module.css';
import { useNames } from './use-names.ts';

const cx = bind(styles);

/** Which stake an order is about. */
export function PositionNote({ position }: { readonly position: StakePosition }) {
  const { hotkey, netuid, alpha, worthRao } = position;
  const name = useNames()(hotkey);
  return (
    <dl className={cx('note')}>
      <div>
        <dt>{netuid === 0 ? 'Root' : `Subnet ${netuid}`}</dt>
        <dd title={hotkey}>{name ?? shortAddress(hotkey)}</dd>
      </div>
      <div className={cx('amounts')}>
        <dt>{alphaText(alpha)} alpha</dt>
        <dd>worth {taoText(worthRao)} TAO now</dd>
      </div>
    </dl>
  );
}
