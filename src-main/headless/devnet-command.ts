import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { MillraceError } from '#protocol/errors.ts';
import { connectChain } from '#main/core/connect-chain.ts';
import { findTextPath } from '#main/core/dataset.ts';
import { createDevnet, type Devnet } from '#main/core/devnet.ts';
import { DEVNET_NETUID, openDevnetIdentities } from '#main/core/devnet-genesis.ts';
import { createHome } from '#main/core/home.ts';
import { lockHome } from '#main/core/home-lock.ts';
import { EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import type { DevnetOptions } from './command-line.ts';
import { DEVNET_MEMBERS, openOperatorView, type OperatorView } from './operator/operator-view.ts';
import { untilInterrupted } from './until-interrupted.ts';

/**
 * `millrace devnet`: a chain, a validator and two companions, until interrupted.
 * @throws MillraceError ALREADY_RUNNING, or WORKER_FAILED when the chain does not even start once
 */
export async function runDevnet(home: string, options: DevnetOptions, context: CommandContext): Promise<number> {
  createHome(home);
  const lock = lockHome(home);
  try {
    const view = await openOperatorView({ home, members: DEVNET_MEMBERS, metrics: null, log: context.log });
    try {
      await devnetUntilInterrupted(home, options, context, view);
    } finally {
      await view.close();
    }
    return EXIT_INTERRUPTED;
  } finally {
    lock.release();
  }
}

async function devnetUntilInterrupted(
  home: string,
  options: DevnetOptions,
  { processes, output, log, nowMs, interrupted }: CommandContext,
  view: OperatorView,
): Promise<void> {
  let fail: (error: Error) => void = () => undefined;
  let client: ChainClient | null = null;
  const devnet: Devnet = createDevnet({
    home,
    processes,
    identities: openDevnetIdentities(home),
    textPath: findTextPath(),
    chainPort: options.port ?? 0,
    onChain: (url) => {
      output.event('chain', { url, netuid: DEVNET_NETUID });
      output.line(`Chain: ${url} (netuid ${DEVNET_NETUID})`);
      ({ client } = connectChain({ endpoints: [url] }));
      devnet.startMembers(client);
    },
    onTrouble: (name, trouble) => {
      if (trouble === null) return;
      const reason = trouble.kind === 'failed' ? trouble.failure.message : trouble.reason;
      output.event('trouble', { process: name, reason });
      output.line(`The ${name} has stopped: ${reason}`);
      if (name === 'chain' && (client === null || trouble.kind === 'failed')) {
        fail(new MillraceError('WORKER_FAILED', `The chain does not run: ${reason}`));
      }
    },
    onManifest: (manifest) => {
      output.event('manifest', { ...manifest });
      const { round, evalLoss, selected, announced } = manifest;
      output.line(`round ${round}   loss ${evalLoss.toFixed(3)}   ${selected} of ${announced} updates selected`);
    },
    ...{ onMessage: view.see, onChange: view.supervised },
    nowMs,
    log,
  });

  try {
    await untilInterrupted(interrupted, (reject) => {
      fail = reject;
      devnet.start();
    });
  } finally {
    await devnet.stop();
    closeClient(client);
  }
}

// A function of its own: TypeScript does not see that a callback has set the variable.
const closeClient = (client: ChainClient | null): void => client?.close();
