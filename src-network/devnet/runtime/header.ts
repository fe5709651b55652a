import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { struct } from '../scale/composites.ts';
import { compactU32, h256 } from '../scale/primitives.ts';
import type { ValueOf } from '../scale/scale-type.ts';
import { digest } from './system-types.ts';

/** As SCALE has it, e.g. in the answers of chainHead_v1_header. */
export const header = struct('sp_runtime::generic::header::Header', {
  parentHash: h256,
  number: compactU32,
  stateRoot: h256,
  extrinsicsRoot: h256,
  digest,
});
export type Header = ValueOf<typeof header>;

export const hashOfHeader = (value: Header): Uint8Array => Blake2256(header.codec.enc(value));
