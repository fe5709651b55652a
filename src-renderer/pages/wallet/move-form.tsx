import { useState } from 'react';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { AmountField, EMPTY_AMOUNT, usableAmount, type AmountDraft } from '../../components/amount-field.tsx';
import { exactUnits } from '../../format/amounts.ts';
import { HotkeyField } from './hotkey-field.tsx';
import { FormNote, OrderForm } from './order-form.tsx';
import { PositionNote } from './position-note.tsx';
import { SubnetField } from './subnet-field.tsx';
import { movableAlpha } from './totals.ts';
import type { UnstakeFormProps } from './unstake-form.tsx';
import { useSubnets } from './use-subnets.ts';

export function MoveForm({ stake, position, onReview }: UnstakeFormProps) {
  const from = { hotkey: position.hotkey, netuid: position.netuid };
  const subnets = useSubnets();
  const [netuid, setNetuid] = useState<number>(from.netuid);
  const [hotkey, setHotkey] = useState<string | null>(null);
  const [draft, setDraft] = useState<AmountDraft>(EMPTY_AMOUNT);
  // Within a subnet a lock goes along.
  const max = netuid === from.netuid ? BigInt(position.alpha) : movableAlpha(stake, position.hotkey, position.netuid);
  const amount = usableAmount(draft, max);
  const order: OrderInput | null =
    hotkey === null || amount === null ? null : { kind: 'move', from, to: { hotkey, netuid }, amount };
  return (
    <OrderForm order={order} onReview={onReview}>
      <FormNote>
        Within a subnet it stays the same alpha. To another subnet it is sold and bought; the chain takes a price limit
        for that only while it stays with its validator.
      </FormNote>
      <PositionNote position={position} />
      <SubnetField label="To subnet" subnets={subnets} netuid={netuid} onChange={setNetuid} hasRoot />
      <HotkeyField label="To validator" netuid={netuid} hotkey={hotkey} onChange={setHotkey} />
      <AmountField
        draft={draft}
        onChange={setDraft}
        unit={`alpha of subnet ${from.netuid.toString()}`}
        max={max}
        available={`${exactUnits(max.toString())} alpha can move`}
        canBeEverything={max === BigInt(position.alpha)}
      />
    </OrderForm>
  );
}
