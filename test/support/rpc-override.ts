import type { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import type { RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import { startRpcServer } from '#network/devnet/rpc/server.ts';

/** Serves a chain that answers some methods in its own way, given how it would answer rightly. */
export async function serveOverridden(
  node: DevnetNode,
  overrides: Readonly<Record<string, (right: RpcMethod) => RpcMethod>>,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const methods: Record<string, RpcMethod> = { ...rpcMethods(node, { name: 'Millrace devnet', version: '0.1.0' }) };
  for (const [name, override] of Object.entries(overrides)) {
    const right = methods[name];
    if (right === undefined) throw new Error(`The devnet has no ${name}`);
    methods[name] = override(right);
  }
  return startRpcServer({ methods, port: 0, log: () => undefined });
}
