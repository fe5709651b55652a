import { describe, expect, it } from 'vitest';
import { nativeSha256 } from '#worker/run/native-sha256.ts';
import { playRecordedRuns } from '../support/recorded-run.ts';
import recorded from '../fixtures/outer-rounds.json' with { type: 'json' };

describe('twenty recorded rounds of sixteen peers', () => {
  it.each([
    ['native', nativeSha256],
    ['portable', undefined],
  ])('give the recorded roots here, with %s hashing', (_, createSha256) => {
    expect(playRecordedRuns(createSha256)).toEqual(recorded);
  });
});
