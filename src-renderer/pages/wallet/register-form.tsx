import { useState } from 'react';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { useAppState } from '../../store/context.tsx';
import { AddressInput } from './address-input.tsx';
import { FormNote, OrderForm } from './order-form.tsx';
import { SubnetField } from './subnet-field.tsx';
import { useAddress } from './use-address.ts';
import { useSubnets } from './use-subnets.ts';

export function RegisterForm({ onReview }: { readonly onReview: (order: OrderInput) => void }) {
  const own = useAppState((state) => state.wallet.hotkey);
  const isRegistered = useAppState((state) => state.wallet.registered);
  const subnets = useSubnets();
  const [netuid, setNetuid] = useState<number | null>(null);
  const [text, setText] = useState(isRegistered ? '' : (own ?? ''));
  const check = useAddress(text, 'stake');
  const hotkey = check.reply?.kind === 'valid' ? check.reply.address : null;
  return (
    <OrderForm
      order={netuid === null || hotkey === null ? null : { kind: 'register', hotkey, netuid }}
      onReview={onReview}
    >
      <FormNote>
        A registration buys a hotkey its place in a subnet. The price moves, and it is not paid back. Whoever does worst
        can lose the place again once its first days, the immunity, are over.
      </FormNote>
      <SubnetField label="Subnet" subnets={subnets} netuid={netuid} onChange={setNetuid} hasRoot={false} />
      <AddressInput
        {...{ label: 'Hotkey', text, onChange: setText, check, testId: 'register-hotkey' }}
        hint={text.trim() === '' ? 'Begins with a 5.' : ownWords(text.trim() === own)}
      />
    </OrderForm>
  );
}

const ownWords = (isOwn: boolean): string =>
  isOwn ? 'The hotkey of this machine.' : 'Not the hotkey of this machine.';
