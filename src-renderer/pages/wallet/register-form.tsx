import { useState } from 'react';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { Field } from '../../components/field.tsx';
import { useAppState } from '../../store/context.tsx';
import { FormNote, OrderForm } from './order-form.tsx';
import { SubnetField } from './subnet-field.tsx';
import { useAddress } from './use-address.ts';
import { useSubnets } from './use-subnets.ts';

export function RegisterForm({ onReview }: { readonly onReview: (order: OrderInput) => void }) {
  const own = useAppState((state) => state.wallet.hotkey);
  const subnets = useSubnets();
  const [netuid, setNetuid] = useState<number | null>(null);
  const [text, setText] = useState(own ?? '');
  const { reply, problem } = useAddress(text, 'stake');
  const hotkey = reply?.kind === 'valid' ? reply.address : null;
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
      <Field
        label="Hotkey"
        problem={problem}
        hint={text.trim() === own ? 'The hotkey of this machine.' : 'Not the hotkey of this machine.'}
      >
        {(control) => (
          <input
            {...control}
            type="text"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            value={text}
            data-testid="register-hotkey"
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
    </OrderForm>
  );
}
