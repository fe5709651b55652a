import { useState } from 'react';
import type { OrderRecord } from '#protocol/contract/wallet.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { Failure } from '../../components/failure.tsx';
import { DownloadIcon } from '../../components/icons.tsx';
import { amountWords } from '../../format/amounts.ts';
import { useAppState } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import { useNow } from '../../store/use-now.ts';
import { agoText } from '../../format/time.ts';
import { ExportDialog } from './export-dialog.tsx';
import styles from './history.module.css';
import { counterpartyText, orderTitle, statusWords } from './order-words.ts';
import { useNames } from './use-names.ts';

const cx = bind(styles);

/** Newest first; older than these is in the export. */
export function History() {
  const orders = useAppState((state) => state.wallet.orders);
  const [isExporting, setIsExporting] = useState(false);
  const { send, failure } = useCommand();
  return (
    <Card
      title="History"
      note="What you signed here, newest first. The export has all of it, and your rewards."
      testId="history-card"
      aside={
        <Button kind="quiet" data-testid="open-export" onClick={() => setIsExporting(true)}>
          <DownloadIcon /> Export
        </Button>
      }
    >
      <Failure message={failure} />
      {orders.length === 0 ? (
        <p className={cx('empty')}>
          No orders yet. Each one stays here with how it ended, also when the chain refused it.
        </p>
      ) : (
        <ol className={cx('list')} aria-label="Orders, newest first" data-testid="orders">
          {orders.map((record) => (
            <Entry
              key={record.id}
              record={record}
              onCancel={() => void send('wallet.cancel', { orderId: record.id })}
            />
          ))}
        </ol>
      )}
      {isExporting && <ExportDialog onClose={() => setIsExporting(false)} />}
    </Card>
  );
}

interface EntryProps {
  readonly record: OrderRecord;
  readonly onCancel: () => void;
}

function Entry({ record, onCancel }: EntryProps) {
  const { order, pays, receives, status, placedAtMs, explorerUrl } = record;
  const nameOf = useNames();
  const nowMs = useNow(30_000);
  const words = statusWords(status);
  const placedAt = new Date(placedAtMs);
  return (
    <li className={cx('entry')} data-testid="order" data-status={status.kind}>
      <div className={cx('what')}>
        <p className={cx('title')}>{orderTitle(order, pays)}</p>
        <p className={cx('whom')}>
          {counterpartyText(order, nameOf)}
          {receives !== null && receives.amount !== pays.amount && ` · for ${amountWords(receives)}`}
        </p>
      </div>
      <div className={cx('how')}>
        <p className={cx('status', words.tone)}>
          <span className={cx('dot')} aria-hidden="true" />
          {words.label}
        </p>
        <time dateTime={placedAt.toISOString()} title={placedAt.toLocaleString()} className={cx('when')}>
          {agoText(placedAtMs, nowMs)}
        </time>
      </div>
      {(words.tone === 'bad' || words.tone === 'warn') && <p className={cx('reason')}>{words.detail}</p>}
      {(explorerUrl !== null || status.kind === 'signing') && (
        <div className={cx('links')}>
          {explorerUrl !== null && (
            <a className={cx('link')} href={explorerUrl} target="_blank" rel="noreferrer">
              See the block
            </a>
          )}
          {status.kind === 'signing' && (
            <Button kind="secondary" onClick={onCancel}>
              Do not sign
            </Button>
          )}
        </div>
      )}
    </li>
  );
}
