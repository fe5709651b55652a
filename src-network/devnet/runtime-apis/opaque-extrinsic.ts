import { createCodec } from '@polkadot-api/substrate-bindings';
import { concatBytes } from '#protocol/bytes.ts';
import { bytes, compactU32 } from '../scale/primitives.ts';
import type { ScaleType } from '../scale/scale-type.ts';

/** An extrinsic with its length in front, not looked into. */
export const opaqueExtrinsic: ScaleType<Uint8Array> = {
  codec: createCodec(
    (encoded) => encoded,
    (input) => {
      const body = bytes.codec.dec(input);
      return concatBytes(compactU32.codec.enc(body.length), body);
    },
  ),
  describe: (id) => bytes.describe(id),
};
