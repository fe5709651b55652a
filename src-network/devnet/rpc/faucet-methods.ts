import type { DevnetNode } from '../node/devnet-node.ts';
import { faucetAddress, fundFromFaucet } from '../node/faucet.ts';
import { admitted } from './author-methods.ts';
import { accountParam, amountParam } from './params.ts';
import type { RpcMethods } from './rpc-method.ts';

/** 10,000 TAO: a request with a slip of zeros must not empty it. */
const MOST_RAO = 10_000n * 1_000_000_000n;

/** No other chain has these: TAO of the devnet for whoever asks. */
export const faucetMethods = (node: DevnetNode): RpcMethods => ({
  devnet_faucet: () => faucetAddress(),
  /** The account, then rao as a number or a decimal string; answers with the hash of the transfer. */
  devnet_fund: ([account, rao]) =>
    admitted(fundFromFaucet(node, accountParam(account), amountParam(rao, 'The amount', MOST_RAO))),
});
