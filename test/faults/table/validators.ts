import { blobHash } from '#protocol/hash.ts';
import type { StateRoot } from '#protocol/ids.ts';
import type { Fault } from '../../support/faults/fault.ts';
import { manifestIn } from '../../support/faults/stage.ts';
import { FAULT_ROUND, VALIDATORS } from './clean.ts';

const LEAD = 0;
const common = { cast: VALIDATORS, faulty: [], faultyValidators: [LEAD], expect: () => [] } as const;

export const leadKilled: Fault = {
  ...common,
  name: 'lead validator killed',
  onBlock: async ({ round, offset }, stage) => {
    if (round !== FAULT_ROUND || offset !== 5) return;
    stage.validators.get(LEAD)?.stop();
    await stage.validators.get(LEAD)?.done;
    stage.count('killed');
  },
  fired: ({ manifests }, stage) =>
    stage.counts.has('killed') && manifests.has(FAULT_ROUND) ? `before the deadline of round ${FAULT_ROUND}` : null,
};

export const leadHung: Fault = {
  ...common,
  name: 'lead validator hung',
  validator: (n, ports, stage) => ({
    ...ports,
    evaluator: {
      ...ports.evaluator,
      losses: (...args) => {
        if (n !== LEAD || stage.at.round < FAULT_ROUND) return ports.evaluator.losses(...args);
        stage.count('hung');
        return new Promise(() => undefined);
      },
    },
  }),
  fired: (_, stage) => (stage.counts.get('hung') === 1 ? `while judging round ${FAULT_ROUND}, for ever` : null),
};

export const leadLying: Fault = {
  ...common,
  name: 'lead validator lying',
  lie: (n, manifest) =>
    n === LEAD && manifest.step > FAULT_ROUND ? { ...manifest, stateRoot: '0f'.repeat(32) as StateRoot } : manifest,
  fired: ({ logs }) => {
    const refusals = logs.filter((line) => /refuses the manifest of .*its state root is 0f0f/.test(line));
    return refusals.length > 0 ? `${refusals.length} refusals of a false state root` : null;
  },
};

export const leadWithholding: Fault = {
  ...common,
  name: 'lead validator keeps its manifest to itself',
  validator: (n, ports, stage) => ({
    ...ports,
    putBlob: (bytes) => {
      const isKept = n === LEAD && stage.at.round >= FAULT_ROUND && manifestIn(bytes) !== null;
      if (!isKept) return ports.putBlob(bytes);
      stage.count('kept');
      return Promise.resolve(blobHash(bytes));
    },
  }),
  fired: (_, stage) => (stage.counts.has('kept') ? `${stage.counts.get('kept')} manifests` : null),
};
