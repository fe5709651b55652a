import type { StakePosition } from '#protocol/contract/wallet.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { priceText } from '../../format/amounts.ts';
import { shortAddress } from '../../format/address.ts';
import { alphaText, exactAlphaText, exactTaoText, taoText } from '../../format/tao.ts';
import { useAppState } from '../../store/context.tsx';
import styles from './stake-card.module.css';
import { useBlocked } from './use-blocked.ts';
import { useNames } from './use-names.ts';
import type { OpenDialog } from './wallet-dialogs.ts';

const cx = bind(styles);

/** Alpha is explained here, once. */
const ALPHA_NOTE =
  'Each subnet has its own token, alpha. Its price in TAO moves, so what your stake is worth moves too.';

/** What is staked, with whom and where. */
export function StakeCard({ onOpen }: { readonly onOpen: OpenDialog }) {
  const stake = useAppState((state) => state.wallet.stake);
  return (
    <Card title="Staked" note={ALPHA_NOTE} testId="stake-card">
      {stake === null ? (
        <p className={cx('empty')}>Your stake appears here once it is read from the chain.</p>
      ) : stake.positions.length === 0 ? (
        <p className={cx('empty')}>
          Nothing is staked yet. Rewards are staked by themselves; TAO that you have, you can stake with a validator.
        </p>
      ) : (
        <Positions positions={stake.positions} onOpen={onOpen} />
      )}
    </Card>
  );
}

interface PositionsProps {
  readonly positions: readonly StakePosition[];
  readonly onOpen: OpenDialog;
}

function Positions({ positions, onOpen }: PositionsProps) {
  const nameOf = useNames();
  const blocked = useBlocked();
  const subnets = useAppState((state) => state.wallet.stake?.subnets);
  const priceOf = (netuid: number): string | null =>
    subnets?.find((subnet) => subnet.netuid === netuid)?.priceRao ?? null;
  const columns: readonly Column<StakePosition>[] = [
    {
      key: 'where',
      title: 'Where',
      cell: ({ netuid, hotkey, isRegistered }) => (
        <span className={cx('where')}>
          <span className={cx('subnet')}>{netuid === 0 ? 'Root' : `Subnet ${netuid}`}</span>
          <span className={cx('hotkey')} title={hotkey}>
            {nameOf(hotkey) ?? shortAddress(hotkey)}
          </span>
          {!isRegistered && (
            <span title="This hotkey has lost its place in the subnet. The stake earns nothing there: unstake or move it.">
              <Badge tone="warn">earns nothing</Badge>
            </span>
          )}
        </span>
      ),
    },
    {
      key: 'alpha',
      title: 'Alpha',
      isNumber: true,
      cell: ({ alpha }) => <span title={exactAlphaText(alpha)}>{alphaText(alpha)} alpha</span>,
    },
    {
      key: 'worth',
      title: 'Worth today',
      isNumber: true,
      cell: ({ worthRao, netuid }) => {
        const priceRao = priceOf(netuid);
        return (
          <span className={cx('worth')} title={exactTaoText(worthRao)}>
            <span className={cx('strong')}>{taoText(worthRao)} TAO</span>
            {priceRao !== null && netuid !== 0 && (
              <span className={cx('price')}>at {priceText(priceRao)} TAO each</span>
            )}
          </span>
        );
      },
    },
    {
      key: 'actions',
      title: 'Actions',
      isTitleHidden: true,
      cell: (position) => (
        <RowActions position={position} isDisabled={blocked !== null} name={nameOf(position.hotkey)} onOpen={onOpen} />
      ),
    },
  ];
  return (
    <DataTable
      label="Staked, by hotkey and subnet"
      columns={columns}
      rows={positions}
      keyOf={({ hotkey, netuid }) => `${hotkey}-${netuid.toString()}`}
      testId="positions"
    />
  );
}

interface RowActionsProps {
  readonly position: StakePosition;
  readonly isDisabled: boolean;
  readonly name: string | null;
  readonly onOpen: OpenDialog;
}

function RowActions({ position, isDisabled, name, onOpen }: RowActionsProps) {
  const { hotkey, netuid } = position;
  const of = `, subnet ${netuid.toString()}, ${name ?? shortAddress(hotkey)}`;
  const actions = [
    ['Add', () => onOpen({ kind: 'stake', netuid, hotkey })],
    ['Unstake', () => onOpen({ kind: 'unstake', position })],
    ['Move', () => onOpen({ kind: 'move', position })],
    ['Send', () => onOpen({ kind: 'send', to: '', position })],
  ] as const;
  return (
    <span className={cx('actions')}>
      {actions.map(([label, open]) => (
        <Button
          key={label}
          kind="quiet"
          disabled={isDisabled}
          aria-label={`${label}${of}`}
          data-testid={`position-${label.toLowerCase()}`}
          onClick={open}
        >
          {label}
        </Button>
      ))}
    </span>
  );
}
