import { useState } from 'react';
import type { OrderInput, StakeState } from '#protocol/contract/wallet.ts';
import { AmountField, EMPTY_AMOUNT, usableUnits } from '../../components/amount-field.tsx';
import { exactUnits } from '../../format/amounts.ts';
import { HotkeyField } from './hotkey-field.tsx';
import { FormNote, OrderForm } from './order-form.tsx';
import { SubnetField } from './subnet-field.tsx';
import { spendableRao } from './totals.ts';
import { useSubnets } from './use-subnets.ts';

export interface StakeFormProps {
  readonly stake: StakeState;
  readonly netuid: number | null;
  readonly hotkey: string | null;
  readonly onReview: (order: OrderInput) => void;
}

export function StakeForm(props: StakeFormProps) {
  const { stake, onReview } = props;
  const subnets = useSubnets();
  const [netuid, setNetuid] = useState(props.netuid);
  const [hotkey, setHotkey] = useState(props.hotkey);
  const [draft, setDraft] = useState(EMPTY_AMOUNT);
  const max = spendableRao(stake);
  const amount = usableUnits(draft, max);
  const order: OrderInput | null =
    netuid === null || hotkey === null || amount === null
      ? null
      : { kind: 'stake', hotkey, netuid, amount: amount.toString() };
  return (
    <OrderForm order={order} onReview={onReview}>
      <FormNote>
        Staking buys a subnet’s own token, alpha, and lends it to a validator. It earns more alpha. The price of alpha
        in TAO moves, up and down.
      </FormNote>
      <SubnetField label="Subnet" subnets={subnets} netuid={netuid} onChange={setNetuid} hasRoot />
      <HotkeyField label="Validator" netuid={netuid} hotkey={hotkey} onChange={setHotkey} />
      <AmountField
        draft={draft}
        onChange={setDraft}
        unit="TAO"
        max={max}
        available={`${exactUnits(max.toString())} TAO to spend`}
        canBeEverything={false}
        hint="Max keeps 0.001 TAO for fees."
      />
    </OrderForm>
  );
}
