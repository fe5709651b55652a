import { useMemo, useState } from 'react';
import type { ValidatorSummary } from '#protocol/contract/wallet.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { DataTable, type Column } from '../../components/data-table.tsx';
import { Field } from '../../components/field.tsx';
import { WarningIcon } from '../../components/icons.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { gainText, ppmText, wholeText } from '../../format/amounts.ts';
import { shortAddress } from '../../format/address.ts';
import { exactAlphaText } from '../../format/tao.ts';
import { useAppState } from '../../store/context.tsx';
import { useQuery } from '../../store/use-query.ts';
import { SubnetField } from './subnet-field.tsx';
import { useBlocked } from './use-blocked.ts';
import { useNames } from './use-names.ts';
import { useSubnets } from './use-subnets.ts';
import { orderValidators, searchValidators, type ValidatorOrder } from './validator-list.ts';
import styles from './validators.module.css';
import type { OpenDialog } from './wallet-dialogs.ts';

const cx = bind(styles);

/** Those one can stake with. In an order that is none of merit. */
export function Validators({ onOpen }: { readonly onOpen: OpenDialog }) {
  const subnets = useSubnets();
  const ownNetuid = useAppState((state) => state.wallet.stake?.positions[0]?.netuid ?? null);
  const [chosen, setChosen] = useState<number | null>(null);
  const netuid = chosen ?? ownNetuid ?? subnets.value?.find((one) => one.netuid !== 0)?.netuid ?? null;
  const payload = useMemo(() => (netuid === null ? null : { netuid }), [netuid]);
  const { value, isLoading, failure, reload } = useQuery('wallet.validators', payload);
  const [text, setText] = useState('');
  const [order, setOrder] = useState<ValidatorOrder>('uid');
  const rows = orderValidators(searchValidators(value ?? [], text), order);
  return (
    <Card
      title="Validators"
      note="In no order of merit: returns of the past promise nothing, and the biggest is not the safest."
      testId="validators-card"
    >
      <div className={cx('filters')}>
        <SubnetField label="Subnet" subnets={subnets} netuid={netuid} onChange={setChosen} hasRoot />
        <TextInput
          {...{ label: 'Search', type: 'search', value: text, onChange: setText, testId: 'validator-search' }}
          hint={value === null ? '' : `${rows.length} of ${value.length} shown`}
          placeholder="Name, number or address"
        />
        <Field label="Order">
          {(control) => (
            <select
              {...control}
              value={order}
              data-testid="validator-order"
              onChange={({ target }) => setOrder(target.value === 'name' ? 'name' : 'uid')}
            >
              <option value="uid">By number (uid)</option>
              <option value="name">By name</option>
            </select>
          )}
        </Field>
      </div>
      {failure !== null ? (
        <p className={cx('message')} role="alert">
          The list did not come: {failure}{' '}
          <Button kind="secondary" onClick={reload}>
            Try again
          </Button>
        </p>
      ) : rows.length === 0 ? (
        <p className={cx('message')} role="status">
          {isLoading || (netuid === null && subnets.isLoading)
            ? 'Asking the chain…'
            : text === ''
              ? 'No validator takes stake in this subnet now.'
              : 'No validator is called that. Look in another subnet, or clear the search.'}
        </p>
      ) : (
        <ValidatorTable rows={rows} netuid={netuid} onOpen={onOpen} />
      )}
    </Card>
  );
}

interface ValidatorTableProps {
  readonly rows: readonly ValidatorSummary[];
  readonly netuid: number | null;
  readonly onOpen: OpenDialog;
}

function ValidatorTable({ rows, netuid, onOpen }: ValidatorTableProps) {
  const nameOf = useNames();
  const blocked = useBlocked();
  const columns: readonly Column<ValidatorSummary>[] = [
    {
      key: 'who',
      title: 'Validator',
      cell: ({ hotkey, name, uid, risks }) => (
        <span className={cx('who')}>
          <span className={cx('name')}>{nameOf(hotkey) ?? name ?? 'No name'}</span>
          <span className={cx('address')} title={hotkey}>
            {uid === null ? '' : `uid ${uid} · `}
            {shortAddress(hotkey)}
          </span>
          {risks.map((risk) => (
            <span key={risk} className={cx('risk')}>
              <WarningIcon />
              {risk}
            </span>
          ))}
        </span>
      ),
    },
    {
      key: 'stake',
      title: 'Stake',
      isNumber: true,
      cell: ({ stakeAlpha }) => <span title={exactAlphaText(stakeAlpha)}>{wholeText(stakeAlpha)} alpha</span>,
    },
    { key: 'take', title: 'Keeps', isNumber: true, cell: ({ takePpm }) => ppmText(takePpm) },
    { key: '7', title: '7 days', isNumber: true, cell: ({ return7DaysPpm }) => <Return ppm={return7DaysPpm} /> },
    { key: '30', title: '30 days', isNumber: true, cell: ({ return30DaysPpm }) => <Return ppm={return30DaysPpm} /> },
    {
      key: 'actions',
      title: 'Actions',
      isTitleHidden: true,
      isNumber: true,
      cell: ({ hotkey, name }) => (
        <Button
          kind="secondary"
          disabled={blocked !== null}
          aria-label={`Stake with ${name ?? shortAddress(hotkey)}`}
          data-testid="validator-stake"
          onClick={() => onOpen({ kind: 'stake', netuid, hotkey })}
        >
          Stake
        </Button>
      ),
    },
  ];
  return (
    <>
      <DataTable
        label="Validators of this subnet"
        columns={columns}
        rows={rows}
        keyOf={({ hotkey }) => hotkey}
        testId="validators"
      />
      <p className={cx('legend')}>
        Keeps: its part of what its stakers earn. 7 and 30 days: what one alpha staked for that time would have gained,
        after that part, in alpha. Names are as they call themselves; compare the address.
      </p>
    </>
  );
}

const Return = ({ ppm }: { readonly ppm: number | null }) =>
  ppm === null ? <span className={cx('unknown')}>not known</span> : <>{gainText(ppm)}</>;
