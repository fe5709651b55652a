import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { coldkeyOf, type KeyPair } from '#protocol/keys.ts';
import { createDevnet, type Devnet, type DevnetProcess, type Trouble } from './devnet.ts';
import { DEVNET_NETUID, type DevnetIdentities } from './devnet-genesis.ts';
import type { DroppedRounds } from './dropped-rounds.ts';
import { giveDevnetTao } from './devnet-tao.ts';
import { removeNotice, showNotice } from './notices.ts';
import { ensureRegistered } from './registration.ts';
import type { ServicesOptions } from './services.ts';
import type { Failure } from './supervision.ts';
import type { Membership } from './worker-manager.ts';

export interface DevnetSideOptions {
  readonly options: Omit<ServicesOptions, 'network'>;
  readonly identities: DevnetIdentities;
  readonly coldkey: KeyPair;
  readonly hotkey: Hotkey;
  readonly dropped: Pick<DroppedRounds, 'ofValidator'>;
  readonly onChain: (url: string) => void;
  /** Without a chain there is nothing to earn. */
  readonly onChainFailed: (failure: Failure) => void;
}

/** The devnet as the app runs it: its processes, what the owner is told of them, and a registration that nobody pays for. */
export interface DevnetSide extends Pick<Devnet, 'start' | 'stop'> {
  readonly membership: Membership;
  readonly members: { start(chain: ChainClient): void; stop(): Promise<void> };
}

/** A process that fails this often in a row is worth the owner's attention. */
const TROUBLE_AFTER_ATTEMPTS = 3;

/** Of a devnet that begins anew, on two cores: 8 s when they have nothing else to do, 37 s when they have much. */
const USUAL_START_MS = 30_000;

export function createDevnetSide({
  options,
  identities,
  coldkey,
  hotkey,
  dropped,
  ...side
}: DevnetSideOptions): DevnetSide {
  const { home, processes, store, nowMs, log } = options;
  const troubled = new Set<string>();

  function showTrouble(name: DevnetProcess, trouble: Trouble | null): void {
    const id = `devnet-${name}`;
    const say = (message: string): void => {
      troubled.add(id);
      showNotice(store, { id, level: 'error', message, atMs: nowMs() });
    };
    if (trouble === null) removeNotice(store, id);
    else if (trouble.kind === 'failed') {
      const message = `The devnet's ${name} has stopped: ${trouble.failure.message}`;
      say(message);
      // Without a companion there is still something to earn.
      if (name === 'chain') side.onChainFailed({ code: trouble.failure.code, message });
    } else if (trouble.attempt >= TROUBLE_AFTER_ATTEMPTS) {
      say(`The devnet's ${name} keeps stopping: ${trouble.reason}. It is started again.`);
    }
  }

  const devnet = createDevnet({
    ...{ home, processes, identities, nowMs, log, chainPort: 0, textPath: options.textPath },
    onChain: side.onChain,
    onTrouble: showTrouble,
    onManifest: ({ round, selected, announced, evalLoss }) =>
      log('info', `Round ${round}: ${selected} of ${announced} updates selected, loss ${evalLoss.toFixed(3)}`),
    onMessage: (name, message) => {
      if (name === 'validator') dropped.ofValidator(message);
      options.onMessage?.(name, message);
    },
    onChange: options.onChange,
  });

  return {
    // Does nothing when it runs. One that had failed for good may have been repaired by now.
    start: () => devnet.start(),
    stop: async () => {
      await devnet.stop();
      for (const id of troubled) removeNotice(store, id);
    },
    members: { start: (chain) => devnet.startMembers(chain), stop: () => devnet.stopMembers() },
    membership: {
      step: 'Registering this machine',
      usualStartMs: USUAL_START_MS,
      problem: async (chain, signal) => {
        await giveDevnetTao({ chain, from: identities.companions.pair, to: coldkeyOf(coldkey), log }, signal);
        const outcome = await ensureRegistered(chain, { netuid: DEVNET_NETUID, hotkey, coldkey }, signal);
        if (outcome.kind === 'registered') return null;
        return { code: 'CHAIN_REFUSED', message: `The chain refused the registration: ${outcome.message}` };
      },
    },
  };
}
