/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument -- the client learns from the chain which calls there are */
import { randomBytes } from 'node:crypto';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import type { InteropChain } from './chain.ts';

/**
 * A node that somebody runs at `SUBTENSOR_URL`: for one of a developer, since money is spent there. The account of
 * `SUBTENSOR_SURI` (`//Alice`) pays, in subnet `SUBTENSOR_NETUID` (1). The accounts that are made are new in each run.
 */
export async function joinNode(env: NodeJS.ProcessEnv): Promise<InteropChain> {
  await cryptoWaitReady();
  const api: any = await ApiPromise.create({
    provider: new WsProvider(env['SUBTENSOR_URL'] ?? '') as never,
    noInitWarn: true,
  });
  return {
    ...{ kind: 'node', api, netuid: Number(env['SUBTENSOR_NETUID'] ?? '1'), emptyTwin: null },
    bank: new Keyring({ type: 'sr25519' }).addFromUri(env['SUBTENSOR_SURI'] ?? '//Alice'),
    accounts: `//Interop-${randomBytes(6).toString('hex')}`,
    include: (signed) => inBlock(api, signed),
    close: () => api.disconnect(),
  };
}

const inBlock = (api: any, signed: any): Promise<string> =>
  new Promise((resolve, reject) => {
    const hear = (status: any): void => {
      if (status.isInBlock) resolve(status.asInBlock.toHex());
      else if (status.isFinalized) resolve(status.asFinalized.toHex());
      else if (status.isInvalid || status.isDropped || status.isUsurped) reject(new Error(status.type));
    };
    api.rpc.author.submitAndWatchExtrinsic(signed, hear).catch(reject);
  });
