import { existsSync } from 'node:fs';
import { MillraceError } from '#protocol/errors.ts';
import type { ExportChain } from '#protocol/export/messages.ts';
import { readChainFile } from '#main/core/chain-file.ts';
import { DEVNET_NETUID } from '#main/core/devnet-genesis.ts';
import { isHomeLocked } from '#main/core/home-lock.ts';
import { chainText, type Network, networkOf, parseChain } from '#main/core/networks.ts';
import { readSettings } from '#main/core/settings.ts';

/**
 * The chain that a command is about: what it was given by `--chain`, else that of the Millrace that runs with this data folder, else
 * the one in its settings. Only that of a Millrace that runs here is called `devnet`: it alone takes the play-money keys. `null`: it
 * is a devnet that does not run, or not yet.
 * @throws MillraceError USAGE for a chain that is none
 */
export function chainOf(home: string, given: string | undefined): Network | null {
  const running = isHomeLocked(home) ? readChainFile(home) : null;
  if (given === 'devnet') return running?.isDevnet === true ? devnetAt(running.chain) : null;
  const text = given ?? running?.chain;
  if (text !== undefined && running?.isDevnet === true && text === running.chain) return devnetAt(text);
  const settings = existsSync(home) ? readSettings(home) : null;
  const chosen = settings === null || settings.chain === 'devnet' ? null : networkOf(settings);
  return text === undefined ? chosen : networkAt(text, chosen);
}

/** As the process that exports or verifies is told of it. */
export const exportChainOf = ({ endpoints, name, genesisHash }: Network): ExportChain => ({
  ...{ endpoints: [...endpoints], name, genesisHash },
});

const devnetAt = (url: string): Network => ({
  ...{ name: 'devnet', netuid: DEVNET_NETUID, endpoints: [url], genesisHash: null },
});

/** In the subnet of the settings, where these are of the same chain. */
function networkAt(text: string, chosen: Network | null): Network {
  const parsed = parseChain(text);
  if ('problem' in parsed) throw new MillraceError('USAGE', parsed.problem);
  const network = networkOf({ ...parsed, netuid: null });
  const isSame = chosen !== null && chainText(chosen) === chainText(network);
  return isSame ? { ...network, netuid: chosen.netuid } : network;
}
