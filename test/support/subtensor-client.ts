/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { ApiPromise, WsProvider } from '@polkadot/api';
import { fromHex } from '#protocol/bytes.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { startTestDevnet, type TestDevnet } from './devnet.ts';

interface SentCall {
  /** The error's name, `null` when it went well. */
  readonly error: string | null;
  /** What happened in its block: `{section, method, data}` each. */
  readonly events: readonly any[];
}

/** A served chain and @polkadot/api, which makes a block when something was sent or the test says so, and none by itself. */
export interface SubtensorClient {
  readonly devnet: TestDevnet;
  readonly api: any;
  /** Signs, sends and includes a call. */
  readonly send: (call: any, signer: unknown) => Promise<SentCall>;
  /** The same for who wants to know only whether it went well. @returns the error's name, `null` without one */
  readonly tried: (call: any, signer: unknown) => Promise<string | null>;
  /** Makes blocks. */
  readonly pass: (blocks: number) => void;
  /** The state after the newest block, to compare with. */
  readonly close: () => Promise<void>;
}

const BLOCK_MS = 12_000;

export async function startSubtensorClient(genesis?: (state: State) => void): Promise<SubtensorClient> {
  const devnet = await startTestDevnet(null, genesis);
  const { node } = devnet;
  const api: any = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
  const makeBlock = () => node.produceBlock(node.head.header.number * BLOCK_MS + BLOCK_MS);

  const send = async (call: any, signer: unknown): Promise<SentCall> => {
    const signed = await call.signAsync(signer, { nonce: -1, era: 0 });
    await api.rpc.author.submitExtrinsic(signed);
    const block = makeBlock();
    const records = await (await api.at(`0x${block.hash}`)).query.system.events();
    const events = records.map(({ event }: any) => event);
    const failed = events.find(({ method }: any) => method === 'ExtrinsicFailed');
    return { error: failed === undefined ? null : errorName(api, failed.data.dispatchError), events };
  };
  return {
    ...{ devnet, api, send },
    tried: async (call, signer) => (await send(call, signer)).error,
    pass: (blocks) => {
      for (let i = 0; i < blocks; i += 1) makeBlock();
    },
    close: async () => {
      await api.disconnect();
      await devnet.close();
    },
  };
}

const errorName = (api: any, error: any): string =>
  error.isModule ? api.registry.findMetaError(error.asModule).name : error.toString();

/** Public key of //Alice. */
export const ALICE = fromHex('d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d');
