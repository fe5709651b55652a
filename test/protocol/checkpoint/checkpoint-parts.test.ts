import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointParts, decodePart, encodePart, stateShapes } from '#protocol/checkpoint/checkpoint-parts.ts';
import { initialGlobalState, stateTensors } from '#protocol/global-state.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { elementCount } from '#protocol/model-shape.ts';
import { openSafetensors } from '#worker/weights/safetensors-file.ts';
import { smallRun } from '../../support/small-run.ts';

const withMomentum = { ...smallRun, outer: { ...smallRun.outer, momentum: 0.9 } };
const shapes = stateShapes(withMomentum);
const state = shapes.map(({ shape }, n) => hashedFloats(elementCount(shape), n, 0.5));
/** Below the largest tensor: 256 × 16 values are 16 KiB. */
const SMALL = 6_000;

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parts-'))));
afterEach(() => rm(folder, { recursive: true }));

describe('the parts of a checkpoint', () => {
  it.each([SMALL, 20_000, 64 * 1024 * 1024])('of at most %d bytes of data give the state again, bit by bit', (size) => {
    const parts = checkpointParts(withMomentum, size);
    const read = state.map(({ length }) => new Float32Array(length));
    for (const part of parts) {
      const bytes = encodePart(part, state);
      expect(bytes).toHaveLength(part.sizeBytes);
      expect(part.sizeBytes - part.header.length).toBeLessThanOrEqual(size);
      // A file's bytes come as a Buffer in the middle of a larger pool.
      decodePart(part, Buffer.concat([Buffer.from('xyz'), bytes]).subarray(3), read);
    }
    expect(read).toEqual(state);
  });

  it('are one, when the state is small, with its tensors under their names', () => {
    const [part, ...more] = checkpointParts(smallRun);
    expect(more).toEqual([]);
    expect(part!.tensors.map(({ name }) => name)).toEqual(stateShapes(smallRun).map(({ name }) => name));
  });

  it('are safetensors files that another reader opens; rows of a large tensor say which they are', async () => {
    const [first, second] = checkpointParts(withMomentum, SMALL);
    await writeFile(join(folder, 'a.safetensors'), encodePart(first!, state));
    await writeFile(join(folder, 'b.safetensors'), encodePart(second!, state));
    const a = await openSafetensors(join(folder, 'a.safetensors'));
    const b = await openSafetensors(join(folder, 'b.safetensors'));
    try {
      expect([...a.tensors.keys()]).toEqual(['model.embed_tokens.weight[0:93]']);
      expect([...b.tensors.keys()]).toEqual(['model.embed_tokens.weight[93:186]']);
      expect(b.tensors.get('model.embed_tokens.weight[93:186]')!.shape).toEqual([93, 16]);
      expect(await b.read('model.embed_tokens.weight[93:186]')).toEqual(state[0]!.slice(93 * 16, 186 * 16));
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
  });

  it('name the momentum after its parameters', () => {
    const names = shapes.map(({ name }) => name);
    expect(names.slice(names.length / 2)).toEqual(names.slice(0, names.length / 2).map((name) => `momentum.${name}`));
    expect(stateTensors(initialGlobalState(withMomentum)).map(({ length }) => length)).toEqual(
      shapes.map(({ shape }) => elementCount(shape)),
    );
  });

  it.each([
    ['too short', (bytes: Uint8Array) => bytes.subarray(0, -4), /Checkpoint part has \d+ bytes instead of \d+/],
    ['too long', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(4)]), /instead of/],
    ['of another header', (bytes: Uint8Array) => bytes.with(20, bytes[20]! ^ 1), /another header .* at byte 20/],
  ])('are refused when they are %s', (_, damage, message) => {
    const [part] = checkpointParts(withMomentum);
    const untouched = state.map(({ length }) => new Float32Array(length));
    expect(() => decodePart(part!, damage(encodePart(part!, state)), untouched)).toThrow(message);
    expect(untouched.every((tensor) => tensor.every((value) => value === 0))).toBe(true);
  });
});
