import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { encodeRunSpec, MAX_RUN_SPEC_BYTES, runIdOf } from '#protocol/run-spec.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { coldkeyOf } from '#protocol/keys.ts';
import type { BlobHash, Uid } from '#protocol/ids.ts';
import { rao } from '#protocol/units.ts';
import { openRun } from '#worker/run/open-run.ts';
import type { Member, Roster } from '#worker/run/roster.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { smallRun, testKey } from '../../support/small-run.ts';

const { signal } = new AbortController();
const own = hotkeyOf(testKey(1));
const members = [1, 2].map((n): Member => ({
  neuron: {
    ...{ uid: n as Uid, hotkey: hotkeyOf(testKey(n)), coldkey: coldkeyOf(testKey(n)), stakeRao: rao(0n) },
    ...{ validatorPermit: false, registeredAtBlock: 0, emissionRao: rao(0n), incentive: 0 },
  },
  commitment: { ...NO_COMMITMENT, address: `/m/${n}` },
  committedAtBlock: 0,
}));
const rosterWith = (runSpec: BlobHash | null): Roster => ({ members, validators: [], runSpec });

describe('opening a run', () => {
  it('fetches the specification from the others and names the run by its bytes', async () => {
    const blobs = createMemoryBlobs();
    const bytes = encodeRunSpec(smallRun);
    const hash = blobs.put(bytes);
    expect(await openRun(rosterWith(hash), blobs, own, signal)).toEqual({ id: runIdOf(bytes), spec: smallRun });
    expect(blobs.asked).toEqual([{ hash, from: ['/m/2'], maxBytes: MAX_RUN_SPEC_BYTES }]);
  });

  it('says so when no run was published', async () => {
    await expect(openRun(rosterWith(null), createMemoryBlobs(), own, signal)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      message: 'The owner of the subnet has not published a run yet',
    });
  });

  it('refuses a specification that breaks a rule, by name', async () => {
    const blobs = createMemoryBlobs();
    const hash = blobs.put(encodeRunSpec({ ...smallRun, inner: { ...smallRun.inner, steps: 0 } }));
    await expect(openRun(rosterWith(hash), blobs, own, signal)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('inner.steps') as string,
    });
  });
});
