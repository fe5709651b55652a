import { useId, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { TextInput } from '../../components/text-input.tsx';
import { useQuery } from '../../store/use-query.ts';
import { looksLikeAddress, shortAddress } from '../../format/address.ts';
import { CheckedAddress } from './checked-address.tsx';
import styles from './hotkey-field.module.css';
import { useAddress } from './use-address.ts';
import { useNames } from './use-names.ts';
import { orderValidators, searchValidators } from './validator-list.ts';

const cx = bind(styles);

export interface HotkeyFieldProps {
  readonly label: string;
  readonly netuid: number | null;
  readonly hotkey: string | null;
  readonly onChange: (hotkey: string | null) => void;
}

/** Whom to stake with: out of the subnet's list, or an address by hand. */
export function HotkeyField({ label, netuid, hotkey, onChange }: HotkeyFieldProps) {
  return hotkey === null ? (
    <Choice label={label} netuid={netuid} onChange={onChange} />
  ) : (
    <Chosen label={label} hotkey={hotkey} onChange={onChange} />
  );
}

function Chosen({ label, hotkey, onChange }: Omit<HotkeyFieldProps, 'netuid' | 'hotkey'> & { hotkey: string }) {
  const { reply, problem } = useAddress(hotkey, 'stake');
  const name = useNames()(hotkey);
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className={cx('chosen')}>
      <div className={cx('top')}>
        <span id={id} className={cx('label')}>
          {label}
        </span>
        <Button kind="quiet" data-testid="hotkey-change" onClick={() => onChange(null)}>
          Choose another
        </Button>
      </div>
      {reply?.kind === 'valid' ? (
        <CheckedAddress reply={{ ...reply, name: reply.name ?? name }} warnings={reply.warnings} />
      ) : (
        <p className={cx('plain')}>{hotkey}</p>
      )}
      {problem !== null && <p className={cx('problem')}>{problem}</p>}
    </div>
  );
}

function Choice({ label, netuid, onChange }: Omit<HotkeyFieldProps, 'hotkey'>) {
  const nameOf = useNames();
  const [text, setText] = useState('');
  const payload = useMemo(() => (netuid === null ? null : { netuid }), [netuid]);
  const { value, isLoading, failure } = useQuery('wallet.validators', payload);
  const found = orderValidators(searchValidators(value ?? [], text), 'uid');
  const byHand = looksLikeAddress(text) ? text.trim() : null;
  return (
    <div className={cx('choice')}>
      <TextInput
        {...{ label, type: 'search', value: text, onChange: setText, testId: 'hotkey-search' }}
        hint={hintOf(isLoading, found.length, netuid)}
        problem={failure === null ? null : `The list did not come: ${failure} Paste an address instead.`}
        maxLength={200}
        placeholder="Name, number, or a hotkey’s address"
      />
      {(found.length > 0 || byHand !== null) && (
        <ul className={cx('list')} aria-label="Validators, by number">
          {found.map(({ hotkey, name, uid, risks }) => (
            <li key={hotkey}>
              <button type="button" className={cx('option')} onClick={() => onChange(hotkey)}>
                <span className={cx('name')}>{nameOf(hotkey) ?? name ?? 'No name'}</span>
                <span className={cx('note')}>
                  {uid === null ? 'no number' : `uid ${uid}`} · {shortAddress(hotkey)}
                  {risks.length > 0 && ` · ${risks.length === 1 ? '1 risk' : `${risks.length} risks`}`}
                </span>
              </button>
            </li>
          ))}
          {byHand !== null && !found.some(({ hotkey }) => hotkey === byHand) && (
            <li>
              <button
                type="button"
                className={cx('option')}
                data-testid="hotkey-by-hand"
                onClick={() => onChange(byHand)}
              >
                <span className={cx('name')}>Use this address</span>
                <span className={cx('note')}>{shortAddress(byHand)}, not in the list</span>
              </button>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

function hintOf(isLoading: boolean, count: number, netuid: number | null): string {
  if (netuid === null) return 'Choose a subnet first, or paste an address.';
  if (isLoading) return 'Asking the chain…';
  return count === 0 ? 'None found. Paste a hotkey’s address.' : 'By number, in no order of merit.';
}
