/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- these clients learn from the chain which calls there are */
import { LegacyClient, WsProvider as DedotProvider } from 'dedot';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { afterEach, expect, it } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { uids } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { ALICE, startSubtensorClient } from '../../support/subtensor-client.ts';

const NETUID = 2;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const registerAlice = (state: State): void => state.set(uids, NETUID, ALICE, 0);

async function start() {
  const client = await startSubtensorClient(registerAlice);
  ends.push(client.close);
  const { api, devnet } = client;
  return {
    ...client,
    ...devnet,
    commit: (fields: unknown[], signer = devnet.alice) =>
      client.tried(api.tx.commitments.setCommitment(NETUID, { fields }), signer),
    stored: async () => (await api.query.commitments.commitmentOf(NETUID, devnet.alice.address)).unwrap(),
  };
}

/** A devnet that makes a block every 50 ms: those clients wait for finality. */
async function startClock(): Promise<TestDevnet> {
  const devnet = await startTestDevnet(50, registerAlice);
  ends.push(devnet.close);
  return devnet;
}

const rawField = (text: string) => ({ [`Raw${text.length}`]: `0x${toHex(utf8(text))}` });

it('what a registered hotkey commits is read back, costs nothing, and replaces what was', async () => {
  const { api, commit, stored: read, alice } = await start();
  const before = await api.query.system.account(alice.address);
  expect(await commit([rawField('first')])).toBeNull();
  expect(
    await commit([rawField('hello'), { BigRaw: `0x${'ab'.repeat(512)}` }, { Sha256: `0x${'cd'.repeat(32)}` }]),
  ).toBeNull();
  const stored = await read();
  expect(stored.info.fields.map((field: any) => field.type)).toEqual(['Raw5', 'BigRaw', 'Sha256']);
  expect(stored.info.fields[0].asRaw5.toUtf8()).toBe('hello');
  expect(stored.info.fields[1].asBigRaw.length).toBe(512);
  expect(stored.deposit.toBigInt()).toBe(0n);
  const block = await api.query.commitments.lastCommitment(NETUID, alice.address);
  expect(block.unwrap().toNumber()).toBe(stored.block.toNumber());
  const after = await api.query.system.account(alice.address);
  expect(after.data.free.toBigInt()).toBe(before.data.free.toBigInt());
});

it('every length of bytes that the chain has a variant for is read back as it was', async () => {
  const { commit, stored: read } = await start();
  for (const lengths of [
    [0, 1, 2],
    [31, 32, 33],
    [127, 128],
  ]) {
    const fields = lengths.map((length) => ({ [`Raw${length}`]: `0x${'7e'.repeat(length)}` }));
    expect(await commit(fields)).toBeNull();
    const stored = await read();
    expect(stored.info.fields.map((field: any) => field.inner.toU8a().length)).toEqual(lengths);
  }
});

it('only a hotkey that is registered in the subnet may commit', async () => {
  const { api, commit, tried, alice, bob } = await start();
  expect(await commit([rawField('hello')], bob)).toBe('AccountNotAllowedCommit');
  const elsewhere = api.tx.commitments.setCommitment(NETUID + 1, { fields: [] });
  expect(await tried(elsewhere, alice)).toBe('AccountNotAllowedCommit');
});

it('more than three fields are no extrinsic of this chain', async () => {
  const { api, node } = await start();
  const call = api.tx.commitments.setCommitment(NETUID, { fields: [] });
  const fields = Array.from({ length: 4 }, () => 0);
  const encoded = new Uint8Array([...call.method.toU8a().slice(0, 4), 4 << 2, ...fields]);
  expect(() => node.rules.runtime.callType.codec.dec(encoded)).toThrow('4 elements where 3 are the most');
});

it('a hotkey may commit 3,100 bytes in an epoch, each time at least 100 counted', async () => {
  const { api, commit, stored, alice } = await start();
  const big = { BigRaw: `0x${'00'.repeat(512)}` };
  const used = async () =>
    (await api.query.commitments.usedSpaceOf(NETUID, alice.address)).unwrap().usedSpace.toNumber();
  expect(await commit([rawField('hello')])).toBeNull();
  expect(await used()).toBe(100);
  expect(await commit([big, big, big])).toBeNull();
  expect(await commit([big, big, { BigRaw: `0x${'00'.repeat(440)}` }])).toBeNull();
  expect(await used()).toBe(3100);
  expect(await commit([{ None: null }])).toBe('SpaceLimitExceeded');
  expect((await stored()).info.fields.length).toBe(3);
});

it('a timelocked commitment is listed as such until another one replaces it', async () => {
  const { api, commit, send, alice } = await start();
  const timelocked = { TimelockEncrypted: { encrypted: '0x0102', revealRound: 7 } };
  const call = api.tx.commitments.setCommitment(NETUID, { fields: [rawField('hello'), timelocked] });
  const { events } = await send(call, alice);
  const told = events.find(({ section }) => section === 'commitments');
  expect([told.method, told.data.revealRound.toNumber()]).toEqual(['TimelockCommitment', 7]);
  const listed = await api.query.commitments.timelockedIndex();
  expect([...listed].map((entry: any) => [entry[0].toNumber(), entry[1].toString()])).toEqual([
    [NETUID, alice.address],
  ]);
  expect(await commit([rawField('hello')])).toBeNull();
  expect((await api.query.commitments.timelockedIndex()).size).toBe(0);
});

it('polkadot-api (PAPI) commits and reads', async () => {
  const devnet = await startClock();
  const client = createClient(getWsProvider(devnet.url));
  ends.push(() => client.destroy());
  const papi: any = client.getUnsafeApi();
  const signer = getPolkadotSigner(ALICE, 'Sr25519', (payload) => devnet.alice.sign(payload));
  // This client sees through structs of one field.
  const info = [
    { type: 'Raw5', value: `0x${toHex(utf8('hello'))}` },
    { type: 'ResetBondsFlag', value: undefined },
  ];
  const result = await papi.tx.Commitments.set_commitment({ netuid: NETUID, info }).signAndSubmit(signer);
  expect(result.ok).toBe(true);
  const stored = await papi.query.Commitments.CommitmentOf.getValue(NETUID, devnet.alice.address);
  expect(stored.info).toEqual(info);
});

it('dedot commits and reads', async () => {
  const devnet = await startClock();
  const client: any = await LegacyClient.new(new DedotProvider(devnet.url));
  ends.push(() => client.disconnect());
  const info = { fields: [{ type: 'Raw5', value: `0x${toHex(utf8('hello'))}` }] };
  const result = await client.tx.commitments.setCommitment(NETUID, info).signAndSend(devnet.alice).untilFinalized();
  expect(result.dispatchError).toBeUndefined();
  const stored = await client.query.commitments.commitmentOf([NETUID, devnet.alice.address]);
  expect(stored.info.fields).toEqual([{ type: 'Raw5', value: `0x${toHex(utf8('hello'))}` }]);
});
