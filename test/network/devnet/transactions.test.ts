/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestDevnet, TAO, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;
let api: any;

beforeEach(async () => {
  devnet = await startTestDevnet();
  api = await ApiPromise.create({ provider: new WsProvider(devnet.url) as never, noInitWarn: true });
});
afterEach(async () => {
  await api.disconnect();
  await devnet.close();
});

const free = async (address: string): Promise<bigint> => (await api.query.system.account(address)).data.free.toBigInt();

/** Sends and waits for the block. @returns the error's name, `null` when it went well */
const send = (call: any, signer: unknown): Promise<string | null> =>
  new Promise((resolve, reject) => {
    // Under load the client skips "in block" when "finalized" comes meanwhile.
    const hear = ({ isCompleted, dispatchError }: any): void => {
      if (!isCompleted) return;
      const name: string | undefined = dispatchError?.isModule
        ? api.registry.findMetaError(dispatchError.asModule).name
        : dispatchError?.toString();
      resolve(name ?? null);
    };
    call.signAndSend(signer, hear).catch(reject);
  });

it('a batch of which one call fails changes nothing but the fee and the nonce', async () => {
  const { alice, bob } = devnet;
  const { transferKeepAlive } = api.tx.balances;
  const batch = api.tx.utility.batchAll([
    transferKeepAlive(bob.address, TAO),
    transferKeepAlive(bob.address, 5000n * TAO),
  ]);
  expect(await send(batch, alice)).toBe('{"token":"FundsUnavailable"}');
  expect(await free(bob.address)).toBe(0n);
  expect(await free(alice.address)).toBeLessThan(1000n * TAO);
  expect((await api.query.system.account(alice.address)).nonce.toNumber()).toBe(1);
});

it('an account that would fall below the existential deposit is kept, or ends', async () => {
  const { alice, bob } = devnet;
  expect(await send(api.tx.balances.transferKeepAlive(bob.address, 499n), alice)).toBe('{"token":"BelowMinimum"}');
  expect(await send(api.tx.balances.transferKeepAlive(bob.address, TAO), alice)).toBeNull();
  expect(await send(api.tx.balances.transferAll(alice.address, false), bob)).toBeNull();
  expect(await free(bob.address)).toBe(0n);
});

it.each(['sr25519', 'ed25519', 'ecdsa'] as const)('an account of the kind %s can pay', async (type) => {
  const { alice, bob } = devnet;
  const carol = new Keyring({ type }).addFromUri('//Carol');
  expect(await send(api.tx.balances.transferKeepAlive(carol.address, TAO), alice)).toBeNull();
  expect(await send(api.tx.balances.transferKeepAlive(bob.address, 1000n), carol)).toBeNull();
  expect(await free(bob.address)).toBe(1000n);
});

it('a transaction that was sent once, was changed, or is of another account is refused', async () => {
  const { alice, bob } = devnet;
  const signed = await api.tx.balances.transferKeepAlive(bob.address, TAO).signAsync(alice);
  const bytes: Uint8Array = signed.toU8a();
  const changed = bytes.slice();
  changed[changed.length - 1]! ^= 1;
  await expect(api.rpc.author.submitExtrinsic(`0x${Buffer.from(changed).toString('hex')}`)).rejects.toThrow(
    'bad signature',
  );
  await api.rpc.author.submitExtrinsic(signed);
  await expect(api.rpc.author.submitExtrinsic(signed)).rejects.toThrow(/already imported|outdated/);
});

it('transactions of one account wait for the one before them', async () => {
  const { alice, bob } = devnet;
  const calls = [2, 1, 0].map((nonce) =>
    api.tx.balances.transferKeepAlive(bob.address, TAO).signAsync(alice, { nonce }),
  );
  for (const signed of await Promise.all(calls)) await api.rpc.author.submitExtrinsic(signed);
  await expect.poll(() => free(bob.address)).toBe(3n * TAO);
});
