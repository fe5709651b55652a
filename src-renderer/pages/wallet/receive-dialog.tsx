import { bind } from '../../components/class-names.ts';
import { Dialog } from '../../components/dialog.tsx';
import { QrCode } from '../../components/qr-code.tsx';
import { CopyAddress } from './copy-address.tsx';
import styles from './receive-dialog.module.css';

const cx = bind(styles);

export interface ReceiveDialogProps {
  readonly address: string;
  readonly onClose: () => void;
}

export function ReceiveDialog({ address, onClose }: ReceiveDialogProps) {
  return (
    <Dialog title="Receive" testId="receive-dialog" onClose={onClose}>
      <p className={cx('words')}>
        Send TAO on Bittensor’s own chain to this coldkey. From an exchange, choose the network “Bittensor”, never a
        bridge to another chain.
      </p>
      <div className={cx('code')}>
        <QrCode text={address} label={`QR code of the address ${address}`} />
      </div>
      <CopyAddress name="coldkey" address={address} />
    </Dialog>
  );
}
