import type { SubnetSummary } from '#protocol/contract/wallet.ts';
import { useQuery, type Query } from '../../store/use-query.ts';
import { priceText } from '../../format/amounts.ts';

const NOTHING = {};

export const useSubnets = (): Query<readonly SubnetSummary[]> => useQuery('wallet.subnets', NOTHING);

/** `Subnet 3 · Templar`. A name is what its owner wrote. */
const subnetName = ({ netuid, name }: Pick<SubnetSummary, 'netuid' | 'name'>): string =>
  netuid === 0 ? 'Root' : `Subnet ${netuid.toString()}${name === null ? '' : ` · ${name}`}`;

export const subnetOption = (subnet: SubnetSummary): string =>
  `${subnetName(subnet)} · ${subnet.isTrading || subnet.netuid === 0 ? `${priceText(subnet.priceRao)} TAO` : 'not traded yet'}`;
