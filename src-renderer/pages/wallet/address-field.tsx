import { Field } from '../../components/field.tsx';
import { bind } from '../../components/class-names.ts';
import { useAppState } from '../../store/context.tsx';
import styles from './address-field.module.css';
import { AddressFound, AddressInput } from './address-input.tsx';
import type { AddressCheck } from './use-address.ts';

const cx = bind(styles);

export interface AddressFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly check: AddressCheck;
  /** The owner has compared an address that is used for the first time. */
  readonly isCompared: boolean;
  readonly onCompared: (isCompared: boolean) => void;
}

/** Where money goes: typed or from the address book, and checked. */
export function AddressField(props: AddressFieldProps) {
  const { label, text, onChange, check, isCompared, onCompared } = props;
  const addressBook = useAppState((state) => state.wallet.addressBook);
  const valid = check.reply?.kind === 'valid' ? check.reply : null;
  return (
    <div className={cx('place')}>
      {addressBook.length > 0 && (
        <Field label="Address book">
          {(control) => (
            <select
              {...control}
              value={addressBook.some(({ address }) => address === text.trim()) ? text.trim() : ''}
              data-testid="address-book-choice"
              onChange={({ target }) => onChange(target.value)}
            >
              <option value="">Another address</option>
              {addressBook.map(({ address, name }) => (
                <option key={address} value={address}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <AddressInput {...{ label, text, onChange, check }} testId="address" />
      <AddressFound check={check} />
      {valid !== null && needsComparing(valid) && (
        <label className={cx('compare')}>
          <input
            type="checkbox"
            checked={isCompared}
            data-testid="address-compared"
            onChange={({ target }) => onCompared(target.checked)}
          />
          <span>
            <strong>You have never sent anything there.</strong> I have compared the whole address with the one I was
            given. What goes to a wrong address is lost.
          </span>
        </label>
      )}
    </div>
  );
}

const needsComparing = (reply: { readonly isFirstUse: boolean; readonly isOwn: boolean }): boolean =>
  reply.isFirstUse && !reply.isOwn;

/** With prefix 42; `null` while nothing may be sent there. */
export function usableAddress({ reply }: AddressCheck, isCompared: boolean): string | null {
  if (reply?.kind !== 'valid') return null;
  return needsComparing(reply) && !isCompared ? null : reply.address;
}
