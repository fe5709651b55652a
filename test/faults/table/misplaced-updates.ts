import type { StateRoot } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { ONLY_SHARD, tokensPerStep } from '#protocol/update/update-header.ts';
import { withAnnouncement, withBytes, withHeader } from '../../support/faults/alter.ts';
import type { Announcement } from '#protocol/round/announcement.ts';
import type { Fault } from '../../support/faults/fault.ts';
import { refusedAs } from '../../support/faults/refused.ts';
import type { Stage } from '../../support/faults/stage.ts';
import { FAULT_ROUND, WORKERS } from './clean.ts';

const AT_FAULT = 0;
const NOBODYS = '5e'.repeat(32) as StateRoot;

const taken: Fault['expect'] = (outcome) => {
  const accepted = outcome.replies.filter(
    ({ worker, round, reply }) => worker === AT_FAULT && round > FAULT_ROUND && reply.accepted,
  );
  return [{ name: 'none is taken', measured: `${accepted.length} taken`, ok: accepted.length === 0 }];
};
const common = { cast: WORKERS, faulty: [AT_FAULT], expect: taken } as const;

/** A whole update under a header and a signed announcement that say so alike. */
const restated =
  (change: (announcement: Announcement) => Announcement): NonNullable<Fault['worker']> =>
  (n, ports, stage) => {
    if (n !== AT_FAULT) return ports;
    return withAnnouncement(ports, async (announcement) => {
      if (stage.at.round < FAULT_ROUND) return announcement;
      const { spec, id } = stage.swarm.run;
      const changed = change(announcement);
      const { round, baseRoot, innerSteps } = changed;
      const header = { run: id, round, shard: ONLY_SHARD, baseRoot, maker: hotkeyOf(ports.hotkey) };
      const bytes = stage.swarm.blobs.get(announcement.blob) ?? new Uint8Array();
      const blob = await ports.putBlob(withHeader(bytes, { ...header, tokens: innerSteps * tokensPerStep(spec) }));
      return { ...changed, blob };
    });
  };

export const wrongBase: Fault = {
  ...common,
  name: 'update from a wrong base',
  worker: restated((announcement) => ({ ...announcement, baseRoot: NOBODYS })),
  fired: (outcome) => refusedAs(outcome, AT_FAULT, /starts neither from/),
};

export const wrongRound: Fault = {
  ...common,
  name: 'update of a wrong round',
  worker: restated((announcement) => ({ ...announcement, round: announcement.round + 1 })),
  fired: (outcome) => refusedAs(outcome, AT_FAULT, /It is round/),
};

/** The own update of the round before, as it was. */
export const replayed: Fault = {
  ...common,
  name: 'update replayed',
  worker: (n, ports, stage) => (n === AT_FAULT ? withBytes(ports, replayer(stage)) : ports),
  fired: (outcome) => refusedAs(outcome, AT_FAULT, /round/),
};

function replayer(stage: Stage): (bytes: Uint8Array) => Uint8Array {
  let first: Uint8Array | null = null;
  return (bytes) => {
    if (stage.at.round < FAULT_ROUND) return bytes;
    first ??= bytes;
    return first;
  };
}
