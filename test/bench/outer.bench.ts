import { integerHash } from '#protocol/integer-hash.ts';
import type { GlobalState } from '#protocol/global-state.ts';
import { type Contribution, outerStep } from '#protocol/outer-step.ts';
import { rootOf, stateRoot, stateTreeAside } from '#protocol/state-root.ts';
import { nativeSha256 } from '#worker/run/native-sha256.ts';
import type { BenchOptions } from '../../scripts/bench/options.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { median } from './support/median.ts';

/** Parameters of the state, in Mi. */
export const options = { size: ['16', '128'] } satisfies BenchOptions;

const RUNS = 5;
const PEERS = 16;
const MI = 1024 * 1024;
const TENSOR_VALUES = 4 * MI;
/** Of 4096 values 64 are sent. */
const SPACING = 64;

/** The outer step of sixteen peers and the root of the state, in alternating runs of all ways. */
export async function run(settings: Readonly<Record<string, string>>): Promise<BenchResult> {
  const values = Number(settings['size']) * MI;
  const sizes = new Array<number>(values / TENSOR_VALUES).fill(TENSOR_VALUES);
  const tensors = () => sizes.map((size) => new Float32Array(size).fill(0.01));
  const still: GlobalState = { parameters: tensors(), momentum: [] };
  const moving: GlobalState = { parameters: still.parameters, momentum: tensors() };
  const sent = Array.from({ length: PEERS }, (_, peer) => contributionOf(sizes, peer));
  const rule = { learningRate: 1, momentum: 0 };

  const roots = new Set<string>();
  const ways: Record<string, () => unknown> = {
    'outer step, mean over senders': () => outerStep({ ...rule, mean: 'senders' }, still, sent),
    'outer step, mean over all': () => outerStep({ ...rule, mean: 'all' }, still, sent),
    'outer step, momentum': () => outerStep({ ...rule, mean: 'senders', momentum: 0.9 }, moving, sent),
    'root, pure JavaScript': () => roots.add(stateRoot(still.parameters)),
    'root, node:crypto': () => roots.add(stateRoot(still.parameters, nativeSha256)),
    'root, WebCrypto': async () => roots.add(rootOf(await stateTreeAside(still.parameters))),
  };
  const seconds = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  // One run to warm up, which is not counted.
  for (let count = -1; count < RUNS; count += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const startMs = performance.now();
      await way();
      if (count >= 0) seconds.get(name)?.push((performance.now() - startMs) / 1000);
    }
  }
  if (roots.size !== 1) throw new Error(`The roots differ: ${[...roots].join(', ')}`);
  const rows = [...seconds].map(([name, taken]) => ({
    ...{ name, values, medianSeconds: median(taken) },
    ...{ leastSeconds: Math.min(...taken), mostSeconds: Math.max(...taken) },
    ...{ medianMBPerSecond: (4 * values) / 1e6 / median(taken) },
  }));
  return { runs: RUNS, rows, verdicts: [] };
}

function contributionOf(sizes: readonly number[], peer: number): Contribution {
  const tensors = sizes.map((size, tensor) => {
    const salt = 100 * peer + tensor;
    const count = size / SPACING;
    const indices = Uint32Array.from({ length: count }, (_, i) => SPACING * i + (integerHash(i, salt) % SPACING));
    return { indices, values: Float32Array.from(indices, (index) => ((index % 4) - 1.5) * 1e-3) };
  });
  return { tensors, weight: 1 };
}
