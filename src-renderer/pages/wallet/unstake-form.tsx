import { useState } from 'react';
import type { OrderInput, StakePosition, StakeState } from '#protocol/contract/wallet.ts';
import { AmountField, EMPTY_AMOUNT, usableAmount, type AmountDraft } from '../../components/amount-field.tsx';
import { exactUnits } from '../../format/amounts.ts';
import { FormNote, OrderForm } from './order-form.tsx';
import { PositionNote } from './position-note.tsx';
import { movableAlpha } from './totals.ts';

export interface UnstakeFormProps {
  readonly stake: StakeState;
  readonly position: StakePosition;
  readonly onReview: (order: OrderInput) => void;
}

export function UnstakeForm({ stake, position, onReview }: UnstakeFormProps) {
  const { hotkey, netuid } = position;
  const [draft, setDraft] = useState<AmountDraft>(EMPTY_AMOUNT);
  const max = movableAlpha(stake, hotkey, netuid);
  const amount = usableAmount(draft, max);
  return (
    <OrderForm order={amount === null ? null : { kind: 'unstake', hotkey, netuid, amount }} onReview={onReview}>
      <FormNote>Unstaking sells alpha for TAO at the price of the moment. The TAO is free at once.</FormNote>
      <PositionNote position={position} />
      <AmountField
        draft={draft}
        onChange={setDraft}
        unit={`alpha of subnet ${netuid.toString()}`}
        max={max}
        available={`${exactUnits(max.toString())} alpha can leave`}
        canBeEverything={max === BigInt(position.alpha)}
      />
    </OrderForm>
  );
}
