import type { AddressReply } from '#protocol/contract/wallet.ts';
import { bind } from '../../components/class-names.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { addressGroups } from '../../format/address.ts';
import styles from './checked-address.module.css';

const cx = bind(styles);

type ValidAddress = Extract<AddressReply, { kind: 'valid' }>;

export interface CheckedAddressProps {
  readonly reply: ValidAddress;
  /** What should give pause, in words. */
  readonly warnings: readonly string[];
}

/** An address to be compared by eye, with all that is known of it. */
export function CheckedAddress({ reply, warnings }: CheckedAddressProps) {
  return (
    <div className={cx('checked')} data-testid="checked-address">
      {(reply.name !== null || reply.isOwn) && <p className={cx('name')}>{reply.name ?? 'Your own address'}</p>}
      <p className="visually-hidden">{reply.address}</p>
      <p className={cx('groups')} aria-hidden="true">
        {addressGroups(reply.address).map((group, index) => (
          <span key={`${group}-${index.toString()}`}>{group}</span>
        ))}
      </p>
      {warnings.map((warning) => (
        <p key={warning} className={cx('warning')}>
          <WarningIcon />
          <span>{warning}</span>
        </p>
      ))}
    </div>
  );
}
