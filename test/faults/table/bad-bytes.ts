import { concatBytes } from '#protocol/bytes.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { HEADER_BYTES } from '#protocol/update/update-header.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import type { Fault } from '../../support/faults/fault.ts';
import { withBytes } from '../../support/faults/alter.ts';
import { refusedAs } from '../../support/faults/refused.ts';
import type { Stage } from '../../support/faults/stage.ts';
import { FAULT_ROUND, WORKERS } from './clean.ts';

const AT_FAULT = 0;

/** From a round on its update is not what it should be, byte for byte. */
const bytesFault = (name: string, why: RegExp, change: (update: Uint8Array, stage: Stage) => Uint8Array): Fault => ({
  ...{ name, cast: WORKERS, faulty: [AT_FAULT] },
  worker: (n, ports, stage) =>
    n === AT_FAULT ? withBytes(ports, (bytes) => (stage.at.round < FAULT_ROUND ? bytes : change(bytes, stage))) : ports,
  fired: (outcome) => refusedAs(outcome, AT_FAULT, why),
  expect: (outcome) => {
    const merged = outcome.replies.filter(
      ({ worker, round, reply }) => worker === AT_FAULT && round > FAULT_ROUND && reply.accepted,
    );
    return [{ name: 'none is taken', measured: `${merged.length} taken`, ok: merged.length === 0 }];
  },
});

/** Of a disk. A single byte that changes may leave an update that says something else: that is judged by what it says. */
const SECTOR_BYTES = 512;

export const corrupt = bytesFault('update corrupt', /part|sum/i, (bytes) =>
  bytes.map((byte, at) => (at >= bytes.length - SECTOR_BYTES ? byte ^ 0x55 : byte)),
);

export const truncated = bytesFault('update truncated', /bytes|cut off/, (bytes) =>
  bytes.slice(0, Math.floor(bytes.length / 2)),
);

export const oversized = bytesFault('update oversized', /bytes|large/, (bytes, { swarm }) =>
  concatBytes(bytes, new Uint8Array(maxUpdateBytes(swarm.run.spec))),
);

/** A level of the first part is no number. */
export const notANumber = bytesFault('update NaN', /part 0/, (bytes, { swarm }) => {
  const copy = bytes.slice();
  const parts = tensorSizes(swarm.run.spec).length;
  new DataView(copy.buffer).setFloat32(HEADER_BYTES + 4 * parts + 8, NaN, true);
  return copy;
});
