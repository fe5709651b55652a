import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type GlobalState, stateTensors } from '#protocol/global-state.ts';
import { hashedFloats, integerHash } from '#protocol/integer-hash.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import { outerStepPart } from '#protocol/outer-step-part.ts';
import { clipFactors, type Contribution, median, outerStep } from '#protocol/outer-step.ts';
import { recordedContributions } from '../support/recorded-run.ts';
import { simpleOuterStep } from '../support/simple-outer-step.ts';

const sparse = (entries: readonly (readonly [number, number])[]) => ({
  indices: Uint32Array.from(entries, ([index]) => index),
  values: Float32Array.from(entries, ([, value]) => value),
});
const outer = { learningRate: 1, mean: 'senders', momentum: 0 } as const;

/** An outer step without momentum. */
const stepFrom = (
  rule: OuterRule,
  parameters: readonly Float32Array[],
  contributions: readonly Contribution[],
): readonly Float32Array[] => outerStep(rule, { parameters, momentum: [] }, contributions).parameters;

/** Every value of two states that is not the same, zeros of either sign told apart. */
const differences = (a: GlobalState, b: GlobalState): readonly string[] => {
  const others = stateTensors(b);
  return stateTensors(a).flatMap((values, tensor) =>
    [...values].flatMap((value, i) => (Object.is(value, others[tensor]?.[i]) ? [] : [`${tensor}: ${i}: ${value}`])),
  );
};

describe('outerStep', () => {
  it('averages a coordinate over the peers that sent it', () => {
    const next = stepFrom(
      outer,
      [Float32Array.of(10, 10, 10)],
      [
        {
          tensors: [
            sparse([
              [0, 3],
              [1, 4],
            ]),
          ],
          weight: 1,
        },
        {
          tensors: [
            sparse([
              [1, 3],
              [2, 4],
            ]),
          ],
          weight: 1,
        },
      ],
    );
    expect([...next[0]!]).toEqual([7, 6.5, 6]);
  });

  it('averages over all peers when the run says so', () => {
    const next = stepFrom(
      { ...outer, mean: 'all' },
      [Float32Array.of(10, 10)],
      [
        { tensors: [sparse([[0, 4]])], weight: 1 },
        { tensors: [sparse([[1, 4]])], weight: 1 },
      ],
    );
    expect([...next[0]!]).toEqual([8, 8]);
  });

  it('clips an update to the median norm, so that one loud peer cannot steer', () => {
    const quiet = { tensors: [sparse([[0, 1]])], weight: 1 };
    const loud = { tensors: [sparse([[0, 1000]])], weight: 1 };
    expect([...stepFrom(outer, [Float32Array.of(0)], [quiet, quiet, loud])[0]!]).toEqual([-1]);
  });

  it('counts weights and leaves coordinates that nobody sent', () => {
    const next = stepFrom(
      outer,
      [Float32Array.of(0, 5)],
      [
        { tensors: [sparse([[0, 2]])], weight: 3 },
        { tensors: [sparse([[0, -2]])], weight: 1 },
      ],
    );
    expect([...next[0]!]).toEqual([-1, 5]);
  });

  it('gives the same state for no contribution', () => {
    expect(stepFrom(outer, [Float32Array.of(1, 2)], [])).toEqual([Float32Array.of(1, 2)]);
  });
});

describe('outer momentum', () => {
  const rule = { learningRate: 0.5, mean: 'senders', momentum: 0.5 } as const;
  const rest = { parameters: [Float32Array.of(10, 10)], momentum: [Float32Array.of(0, 0)] };
  const push = [{ tensors: [sparse([[0, 4]])], weight: 1 }];

  it('looks ahead by its own decay, as Nesterov’s does', () => {
    // m = 0.5 · 0 + 4; θ = 10 − 0.5 · (4 + 0.5 · 4)
    expect(outerStep(rule, rest, push)).toEqual({
      parameters: [Float32Array.of(7, 10)],
      momentum: [Float32Array.of(4, 0)],
    });
  });

  it('carries on where nobody sent anything, as long as somebody sent something', () => {
    const elsewhere = [{ tensors: [sparse([[1, 4]])], weight: 1 }];
    // at 0: m = 0.5 · 4; θ = 7 − 0.5 · (0 + 0.5 · 2)
    expect(outerStep(rule, outerStep(rule, rest, push), elsewhere)).toEqual({
      parameters: [Float32Array.of(6.5, 7)],
      momentum: [Float32Array.of(2, 4)],
    });
  });

  it('waits while no update is merged', () => {
    const moving = outerStep(rule, rest, push);
    expect(outerStep(rule, moving, [])).toEqual(moving);
  });

  it('that the rule and the state do not share is refused', () => {
    expect(() => outerStep(rule, { ...rest, momentum: [] }, push)).toThrow(/Momentum 0.5 with 0 tensors/);
    expect(() => outerStep({ ...rule, momentum: 0 }, rest, push)).toThrow(/Momentum 0 with 1 tensors/);
  });
});

describe('the outer step in blocks', () => {
  const sizes = [1, 2, 65_535, 65_536, 65_537, 140_003];
  const stateOf = (momentum: number): GlobalState => ({
    parameters: sizes.map((size, tensor) => hashedFloats(size, tensor, 0.5)),
    momentum: momentum === 0 ? [] : sizes.map((size, tensor) => hashedFloats(size, 50 + tensor, 0.01)),
  });

  it.each([
    ['senders', 0],
    ['senders', 0.9],
    ['all', 0],
    ['all', 0.9],
  ] as const)('gives the bits of one over whole tensors: mean over %s, momentum %f', (mean, momentum) => {
    const rule = { learningRate: 0.7, mean, momentum };
    const contributions = recordedContributions(sizes, 3);
    const state = stateOf(momentum);
    const next = outerStep(rule, state, contributions);
    expect(differences(next, simpleOuterStep(rule, state, contributions))).toEqual([]);
    expect(differences(state, stateOf(momentum)), 'the state before is left alone').toEqual([]);
  });

  it.each([0, 0.9])(
    'gives the bits of the whole when each part of a tensor is stepped alone: momentum %f',
    (momentum) => {
      const size = 140_003;
      const rule = { learningRate: 0.7, mean: 'senders', momentum } as const;
      const state = {
        parameters: [hashedFloats(size, 1, 0.5)],
        momentum: momentum === 0 ? [] : [hashedFloats(size, 2, 0.01)],
      };
      const contributions = recordedContributions([size], 4);
      const whole = outerStep(rule, state, contributions);
      const sent = contributions.map(({ tensors, weight }) => ({ part: tensors[0]!, weight }));
      const factors = clipFactors(
        sent.map(({ part: { values }, weight }) => ({
          weight,
          norm: Math.sqrt([...values].reduce((sum, value) => sum + value * value, 0)),
        })),
      );
      for (const [start, end] of [
        [0, 1],
        [1, 70_000],
        [70_000, size],
      ] as const) {
        const parts = sent.map(({ part, weight }, peer) => {
          const places = [...part.indices.keys()].filter((i) => part.indices[i]! >= start && part.indices[i]! < end);
          const within = {
            indices: Uint32Array.from(places, (i) => part.indices[i]! - start),
            values: Float32Array.from(places, (i) => part.values[i]!),
          };
          return { part: within, weight, factor: factors[peer]! };
        });
        outerStepPart(
          rule,
          {
            parameter: state.parameters[0]!.subarray(start, end),
            momentum: state.momentum[0]?.subarray(start, end) ?? null,
          },
          parts,
        );
      }
      expect(differences(state, whole)).toEqual([]);
    },
  );

  it('meets coordinates on both sides of every border between blocks', () => {
    const borders = [0, 65_535, 65_536, 131_071, 131_072, 140_002];
    const contributions = Array.from({ length: 3 }, (_, peer) => ({
      tensors: [sparse(borders.map((index) => [index, integerHash(index, peer) / 2 ** 32]))],
      weight: peer + 1,
    }));
    const state = { parameters: [new Float32Array(140_003)], momentum: [] };
    const next = outerStep(outer, state, contributions);
    expect(differences(next, simpleOuterStep(outer, state, contributions))).toEqual([]);
    expect([...next.parameters[0]!].flatMap((value, index) => (value === 0 ? [] : [index]))).toEqual(borders);
  });
});

describe('the memory of an outer step', () => {
  const MIB = 1024 * 1024;

  it.each([0, 0.9])('is its result and less than 64 MiB, with momentum %f', async (momentum) => {
    const script = fileURLToPath(import.meta.resolve('../support/outer-step-memory.ts'));
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(momentum)]);
    const { grownBytes, resultBytes } = JSON.parse(stdout) as Record<'grownBytes' | 'resultBytes', number>;
    expect(resultBytes).toBe(momentum === 0 ? 64 * MIB : 128 * MIB);
    expect(grownBytes - resultBytes).toBeLessThan(64 * MIB);
  });
});

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
    [[], 0],
  ])('of %j is %f', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
