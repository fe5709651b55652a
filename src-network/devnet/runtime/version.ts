import { blake2AsU8a } from '@polkadot/util-crypto';

/** Runtime APIs that this chain serves, by the versions that it follows. */
const APIS: Readonly<Record<string, number>> = {
  Core: 5,
  Metadata: 2,
  BlockBuilder: 6,
  TaggedTransactionQueue: 3,
  AccountNonceApi: 1,
  TransactionPaymentApi: 4,
  DelegateInfoRuntimeApi: 1,
  StakeInfoRuntimeApi: 1,
  SwapRuntimeApi: 1,
  NeuronInfoRuntimeApi: 1,
  SubnetInfoRuntimeApi: 2,
  SubnetRegistrationRuntimeApi: 1,
};

const idOf = (name: string): Uint8Array => blake2AsU8a(name, 64);

/** `specVersion` follows the Subtensor that was read (facts §2: 425, June 2026); clients ask for metadata anew when it moves. */
export const RUNTIME_VERSION = {
  specName: 'node-subtensor',
  implName: 'millrace-devnet',
  authoringVersion: 1,
  specVersion: 425,
  implVersion: 1,
  apis: Object.entries(APIS).map(([name, version]) => [idOf(name), version] as const),
  transactionVersion: 1,
  systemVersion: 1,
};
