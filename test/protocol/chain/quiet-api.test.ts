import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import type { RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import { startRpcServer } from '#network/devnet/rpc/server.ts';
import { connectSubtensor, type SubtensorConnection } from '#protocol/chain/subtensor/connection.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { serveOverridden } from '../../support/rpc-override.ts';

let devnet: TestDevnet;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  devnet = await startTestDevnet(null);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) await end();
  await devnet.close();
});

interface Version {
  readonly specVersion: number;
}
const METADATA_CALLS = /^Metadata_metadata_at_version$/;

/** A chain that may be upgraded, to other versions with the same metadata, and counts who asks for that. */
async function upgradable() {
  const asked: unknown[] = [];
  const told = new Set<(version: unknown) => void>();
  let current: Version = { specVersion: 0 };
  /** By block. */
  let versionAt: (hash: unknown) => number = () => current.specVersion;
  const overrides: Readonly<Record<string, (right: RpcMethod) => RpcMethod>> = {
    state_getRuntimeVersion: (right) => (params, caller) => {
      const version = right(params, caller) as Version;
      if (current.specVersion === 0) current = version;
      return { ...version, specVersion: params[0] === undefined ? current.specVersion : versionAt(params[0]) };
    },
    state_subscribeRuntimeVersion: (right) => (params, caller) =>
      right(params, {
        ...caller,
        subscribe: (method, begin) =>
          caller.subscribe(method, (notify) => {
            let first: unknown;
            const end = begin((version) => {
              first = version;
              notify(version);
            });
            const tell = (version: unknown): void => notify({ ...(first as object), ...(version as object) });
            told.add(tell);
            return () => {
              told.delete(tell);
              end();
            };
          }),
      }),
    state_call: (right) => (params, caller) => {
      if (METADATA_CALLS.test(String(params[0]))) asked.push(params[2] ?? 'newest');
      return right(params, caller);
    },
    state_getMetadata: (right) => (params, caller) => {
      asked.push('old form');
      return right(params, caller);
    },
  };
  const server = await serveOverridden(devnet.node, overrides);
  ends.push(server.close);
  return {
    ...{ url: server.url, asked },
    upgrade(specVersion: number) {
      current = { specVersion };
      for (const tell of told) tell(current);
    },
    setVersionAt: (next: typeof versionAt) => void (versionAt = next),
  };
}

function connect(...endpoints: readonly string[]): SubtensorConnection {
  const connection = connectSubtensor({ endpoints, webSocket: WebSocket, timeoutMs: 5_000 });
  ends.unshift(() => connection.close());
  return connection;
}

it('reads the metadata once, and all of it again when the chain is upgraded', async () => {
  const chain = await upgradable();
  const print = vi.spyOn(console, 'log');
  const api = await connect(chain.url).ready;
  expect(chain.asked).toEqual(['newest']);
  devnet.node.produceBlock(1_000);
  await api.at(await api.rpc.chain.getBlockHash());
  expect(chain.asked).toEqual(['newest']);
  const upgraded = api.runtimeVersion.specVersion.toNumber() + 1;
  chain.upgrade(upgraded);
  await vi.waitFor(() => expect(api.runtimeVersion.specVersion.toNumber()).toBe(upgraded), { interval: 5 });
  expect(chain.asked).toEqual(['newest', 'newest']);
  // The form that the library asks for after an upgrade has no functions of the runtime.
  const at = await api.at(await api.rpc.chain.getBlockHash());
  expect(at.call['swapRuntimeApi']?.['currentAlphaPrice']).toBeDefined();
  expect(print).not.toHaveBeenCalled();
});

it('keeps the metadata of the last few versions that a node names, however many those are', async () => {
  const chain = await upgradable();
  const api = await connect(chain.url).ready;
  const hashes = Array.from({ length: 8 }, (_, n) => `0x${devnet.node.produceBlock(1_000 * (n + 1)).hash}`);
  chain.setVersionAt((hash) => 1_000 + hashes.indexOf(String(hash)));
  for (const hash of hashes) await api.at(hash);
  expect(chain.asked).toHaveLength(9);
  for (const hash of hashes.slice(-3)) await api.at(hash);
  expect(chain.asked).toHaveLength(9);
});

it('prints nothing of what a node makes up', async () => {
  const prints = (['log', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const nonsense = (): RpcMethod => () => 'nonsense';
  const hostile = await serveOverridden(devnet.node, {
    ...{ state_getRuntimeVersion: nonsense, rpc_methods: nonsense, state_call: nonsense },
  });
  const broken = await serveOverridden(devnet.node, { state_call: nonsense, state_getMetadata: () => () => '0x1234' });
  const late = await serveOverridden(devnet.node, { chain_getFinalizedHead: nonsense });
  ends.push(hostile.close, broken.close, late.close);
  const connection = connect(hostile.url, broken.url, late.url);
  await connection.ready;
  expect(connection.endpoint()).toBe(late.url);
  await expect(connection.ask('Final', (api) => api.rpc.chain.getFinalizedHead())).rejects.toMatchObject({
    code: 'PROTOCOL',
  });
  expect(prints.map(({ mock }) => mock.calls)).toEqual([[], [], []]);
});

it('reads again what it could not read while no chain answered', async () => {
  const first = await serveOverridden(devnet.node, {});
  const connection = connectSubtensor({ endpoints: [first.url], webSocket: WebSocket, timeoutMs: 3_000 });
  ends.unshift(() => connection.close());
  const read = () => connection.ask('The final block', (api) => api.rpc.chain.getFinalizedHead());
  await connection.ready;
  const before = await read();
  await first.close();
  await expect(read()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  const methods = rpcMethods(devnet.node, { name: 'Millrace devnet', version: '0.1.0' });
  const again = await startRpcServer({ methods, port: Number(new URL(first.url).port), log: () => undefined });
  ends.push(again.close);
  await vi.waitFor(() => expect(connection.state.current()).toBe('connected'), { timeout: 10_000, interval: 5 });
  expect((await read()).toHex()).toBe(before.toHex());
});
