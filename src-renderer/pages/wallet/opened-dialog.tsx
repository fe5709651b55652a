import { assertNever } from '#protocol/assert-never.ts';
import { useAppState } from '../../store/context.tsx';
import { MoveForm } from './move-form.tsx';
import { OrderDialog } from './order-dialog.tsx';
import { ReceiveDialog } from './receive-dialog.tsx';
import { RegisterForm } from './register-form.tsx';
import { SendForm } from './send-form.tsx';
import { StakeForm } from './stake-form.tsx';
import { UnstakeForm } from './unstake-form.tsx';
import type { WalletDialog } from './wallet-dialogs.ts';

export interface OpenedDialogProps {
  readonly dialog: WalletDialog;
  readonly onClose: () => void;
}

export function OpenedDialog({ dialog, onClose }: OpenedDialogProps) {
  const stake = useAppState((state) => state.wallet.stake);
  const coldkey = useAppState((state) => state.wallet.coldkey);
  if (dialog.kind === 'receive') {
    return coldkey === null ? null : <ReceiveDialog address={coldkey} onClose={onClose} />;
  }
  if (stake === null) return null;
  const frame = { testId: `${dialog.kind}-dialog`, onClose };
  switch (dialog.kind) {
    case 'stake':
      return (
        <OrderDialog title="Stake" {...frame}>
          {(review) => <StakeForm stake={stake} netuid={dialog.netuid} hotkey={dialog.hotkey} onReview={review} />}
        </OrderDialog>
      );
    case 'unstake':
      return (
        <OrderDialog title="Unstake" {...frame}>
          {(review) => <UnstakeForm stake={stake} position={dialog.position} onReview={review} />}
        </OrderDialog>
      );
    case 'move':
      return (
        <OrderDialog title="Move stake" {...frame}>
          {(review) => <MoveForm stake={stake} position={dialog.position} onReview={review} />}
        </OrderDialog>
      );
    case 'send':
      return (
        <OrderDialog title="Send" {...frame}>
          {(review) => <SendForm stake={stake} to={dialog.to} position={dialog.position} onReview={review} />}
        </OrderDialog>
      );
    case 'register':
      return (
        <OrderDialog title="Register a hotkey" {...frame}>
          {(review) => <RegisterForm onReview={review} />}
        </OrderDialog>
      );
    default:
      return assertNever(dialog.kind, 'wallet dialog');
  }
}
