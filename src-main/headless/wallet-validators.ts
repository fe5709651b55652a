import type { ValidatorSummary } from '#protocol/contract/wallet.ts';
import type { Coldkey } from '#protocol/ids.ts';
import { parseAlpha } from '#protocol/units.ts';
import { exactAlpha, formatPercent } from '#main/core/staking/amounts.ts';
import { atNewest } from '#main/core/staking/chain-reads.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import { readPositions } from '#main/core/staking/read-positions.ts';
import { readValidators } from '#main/core/wallet-service/read-validators.ts';
import type { CommandContext } from './command-context.ts';
import { type Column, table } from './table.ts';

/** Lists the hotkeys that somebody may stake with in a subnet; those that the coldkey has stake with are among them. */
export async function showValidators(
  netuid: number,
  coldkey: Coldkey,
  { connection }: OrderChain,
  { output, interrupted }: CommandContext,
): Promise<void> {
  const validators = await connection.ask(
    'The validators',
    async (api) => {
      const positions = await readPositions(await atNewest(api), coldkey);
      const own = positions.filter((each) => each.netuid === netuid).map(({ hotkey }) => hotkey);
      return readValidators(api, netuid, own);
    },
    interrupted,
  );
  output.event('validators', { netuid, validators });
  if (validators.length === 0) {
    output.line(`Nobody can be staked with in subnet ${netuid}.`);
    return;
  }
  output.line(`Validators of subnet ${netuid}, by number, which is no ranking; names are their own words`);
  for (const line of table(COLUMNS, validators)) output.line(line);
}

const percentOr = (ppm: number | null): string => (ppm === null ? 'unknown' : formatPercent(ppm));

const COLUMNS: readonly Column<ValidatorSummary>[] = [
  { title: 'Hotkey', text: ({ hotkey }) => hotkey },
  { title: 'UID', text: ({ uid }) => uid?.toString() ?? '', isNumber: true },
  { title: 'Stake (alpha)', text: ({ stakeAlpha }) => exactAlpha(parseAlpha(stakeAlpha)), isNumber: true },
  { title: 'Take', text: ({ takePpm }) => formatPercent(takePpm), isNumber: true },
  { title: '7 days', text: ({ return7DaysPpm }) => percentOr(return7DaysPpm), isNumber: true },
  { title: '30 days', text: ({ return30DaysPpm }) => percentOr(return30DaysPpm), isNumber: true },
  { title: 'Name', text: ({ name }) => name ?? '' },
  { title: 'Risks', text: ({ risks }) => risks.join(' ') },
];
