import { useState } from 'react';
import type { OrderInput, StakePosition, StakeState } from '#protocol/contract/wallet.ts';
import { AmountField, EMPTY_AMOUNT, usableAmount, type AmountDraft } from '../../components/amount-field.tsx';
import { Field } from '../../components/field.tsx';
import { exactUnits } from '../../format/amounts.ts';
import { shortAddress } from '../../format/address.ts';
import { alphaText } from '../../format/tao.ts';
import { AddressField, usableAddress } from './address-field.tsx';
import { OrderForm } from './order-form.tsx';
import { movableAlpha, spendableRao } from './totals.ts';
import { useAddress } from './use-address.ts';
import { useNames } from './use-names.ts';

export interface SendFormProps {
  readonly stake: StakeState;
  readonly to: string;
  readonly position: StakePosition | null;
  readonly onReview: (order: OrderInput) => void;
}

/** TAO, or stake, which stays staked and changes its owner. */
export function SendForm(props: SendFormProps) {
  const { stake, onReview } = props;
  const nameOf = useNames();
  const [index, setIndex] = useState(() =>
    props.position === null ? -1 : stake.positions.findIndex((one) => isSame(one, props.position)),
  );
  const [text, setText] = useState(props.to);
  const [isCompared, setIsCompared] = useState(false);
  const [draft, setDraft] = useState<AmountDraft>(EMPTY_AMOUNT);
  const check = useAddress(text, 'send');
  const position = stake.positions[index] ?? null;
  const max = position === null ? spendableRao(stake) : movableAlpha(stake, position.hotkey, position.netuid);
  const amount = usableAmount(draft, max);
  const address = usableAddress(check, isCompared);
  const order = address === null || amount === null ? null : orderOf(position, address, amount);
  return (
    <OrderForm order={order} onReview={onReview}>
      <Field
        label="What"
        hint={position === null ? 'TAO that is free.' : 'It stays staked with the same hotkey; only its owner changes.'}
      >
        {(control) => (
          <select
            {...control}
            value={index}
            data-testid="send-what"
            onChange={({ target }) => {
              setIndex(Number(target.value));
              setDraft(EMPTY_AMOUNT);
            }}
          >
            <option value={-1}>TAO</option>
            {stake.positions.map((one, place) => (
              <option key={`${one.hotkey}-${one.netuid.toString()}`} value={place}>
                {alphaText(one.alpha)} alpha of subnet {one.netuid}, with{' '}
                {nameOf(one.hotkey) ?? shortAddress(one.hotkey)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <AddressField
        label="To coldkey"
        text={text}
        onChange={(next) => {
          setText(next);
          setIsCompared(false);
        }}
        check={check}
        isCompared={isCompared}
        onCompared={setIsCompared}
      />
      <AmountField
        draft={draft}
        onChange={setDraft}
        unit={position === null ? 'TAO' : `alpha of subnet ${position.netuid.toString()}`}
        max={max}
        available={`${exactUnits(max.toString())} ${position === null ? 'TAO to spend' : 'alpha can leave'}`}
        canBeEverything={position !== null && max === BigInt(position.alpha)}
        hint={position === null ? 'Max keeps 0.001 TAO for fees.' : undefined}
      />
    </OrderForm>
  );
}

const isSame = (a: StakePosition, b: StakePosition | null): boolean =>
  b !== null && a.hotkey === b.hotkey && a.netuid === b.netuid;

function orderOf(position: StakePosition | null, to: string, amount: string): OrderInput {
  if (position === null) return { kind: 'transfer', to, amount };
  const { hotkey, netuid } = position;
  return { kind: 'transfer-stake', hotkey, netuid, toNetuid: netuid, toColdkey: to, amount };
}
