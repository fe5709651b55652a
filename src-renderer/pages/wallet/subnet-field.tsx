import type { SubnetSummary } from '#protocol/contract/wallet.ts';
import { Field } from '../../components/field.tsx';
import { Button } from '../../components/button.tsx';
import type { Query } from '../../store/use-query.ts';
import { subnetOption } from './use-subnets.ts';

export interface SubnetFieldProps {
  readonly label: string;
  readonly subnets: Query<readonly SubnetSummary[]>;
  readonly netuid: number | null;
  readonly onChange: (netuid: number) => void;
  /** Whether root counts, where nothing trains. */
  readonly hasRoot: boolean;
}

export function SubnetField({ label, subnets, netuid, onChange, hasRoot }: SubnetFieldProps) {
  const offered = (subnets.value ?? []).filter((subnet) => hasRoot || subnet.netuid !== 0);
  const isKnown = offered.some((subnet) => subnet.netuid === netuid);
  return (
    <Field
      label={label}
      hint={hintOf(netuid)}
      problem={subnets.failure === null ? null : `The list of subnets did not come: ${subnets.failure}`}
      aside={
        subnets.failure !== null && (
          <Button kind="quiet" onClick={subnets.reload}>
            Try again
          </Button>
        )
      }
    >
      {(control) => (
        <select
          {...control}
          value={netuid ?? ''}
          data-testid="subnet"
          onChange={({ target }) => onChange(Number(target.value))}
        >
          {netuid === null && <option value="">{subnets.isLoading ? 'Asking the chain…' : 'Choose a subnet'}</option>}
          {netuid !== null && !isKnown && <option value={netuid}>{netuid === 0 ? 'Root' : `Subnet ${netuid}`}</option>}
          {offered.map((subnet) => (
            <option key={subnet.netuid} value={subnet.netuid}>
              {subnetOption(subnet)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const hintOf = (netuid: number | null): string =>
  netuid === 0 ? 'Root has no price of its own: one for one TAO.' : 'With the price of one alpha now.';
