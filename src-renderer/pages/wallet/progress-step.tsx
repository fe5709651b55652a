import { useEffect, useRef } from 'react';
import type { OrderStatus } from '#protocol/contract/wallet.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { DialogActions } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { useAppState } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import { isOver, orderTitle, reachedSteps, statusWords } from './order-words.ts';
import { ExtensionNote } from './extension-note.tsx';
import styles from './progress-step.module.css';

const cx = bind(styles);

const TRACK = ['Signed', 'Sent', 'In a block', 'Final'] as const;
const SIGNING: OrderStatus = { kind: 'signing' };

export interface ProgressStepProps {
  readonly orderId: string;
  readonly onClose: () => void;
}

export function ProgressStep({ orderId, onClose }: ProgressStepProps) {
  const record = useAppState((state) => state.wallet.orders.find(({ id }) => id === orderId));
  const { send, failure } = useCommand();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.focus(), []);
  // The reply may come before the patch that brings the order.
  const status = record?.status ?? SIGNING;
  const words = statusWords(status);
  const isDone = record !== undefined && isOver(record);
  return (
    <div ref={ref} className={cx('step')} tabIndex={-1} role="group" aria-label="Progress">
      <div role="status" className={cx('state')} data-testid="order-status" data-status={status.kind}>
        <p className={cx('label', words.tone)}>{words.label}</p>
        {record !== undefined && <p className={cx('title')}>{orderTitle(record.order, record.pays)}</p>}
      </div>
      <Track reached={reachedSteps(status)} isStopped={words.tone === 'bad' || words.tone === 'warn'} />
      {isDone && words.tone !== 'good' ? (
        <Banner level={words.tone === 'bad' ? 'error' : 'warning'}>{words.detail}</Banner>
      ) : (
        <p className={cx('detail')}>{words.detail ?? 'Nothing is sent before it is signed.'}</p>
      )}
      {status.kind === 'signing' && <ExtensionNote />}
      {!isDone && (
        <p className={cx('detail')}>You can close this. The order goes on, and the history shows how it ends.</p>
      )}
      <Failure message={failure} />
      <DialogActions>
        {record !== undefined && record.explorerUrl !== null && (
          <a className={cx('link')} href={record.explorerUrl} target="_blank" rel="noreferrer">
            See the block
          </a>
        )}
        {status.kind === 'signing' && (
          <Button kind="secondary" onClick={() => void send('wallet.cancel', { orderId })}>
            Do not sign
          </Button>
        )}
        <Button kind={isDone ? 'primary' : 'secondary'} data-testid="progress-close" onClick={onClose}>
          {words.tone === 'good' ? 'Done' : 'Close'}
        </Button>
      </DialogActions>
    </div>
  );
}

function Track({ reached, isStopped }: { readonly reached: number; readonly isStopped: boolean }) {
  return (
    <ol className={cx('track')} aria-label="How far it is">
      {TRACK.map((name, index) => {
        const isReached = index < reached;
        return (
          <li key={name} className={cx('point', isReached && 'reached', isStopped && 'stopped')}>
            {name}
            <span className="visually-hidden">{isReached ? ', done' : ', not yet'}</span>
          </li>
        );
      })}
    </ol>
  );
}
