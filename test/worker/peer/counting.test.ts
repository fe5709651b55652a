import { describe, expect, it } from 'vitest';
import { InboundCount } from '#worker/peer/inbound-count.ts';
import { RateLimit } from '#worker/peer/rate-limit.ts';

describe('the count of inbound streams', () => {
  it('refuses one peer more than its share, and takes it again when one has left', () => {
    const count = new InboundCount({ maxInboundPerPeer: 2, maxInboundTotal: 10 });
    const leave = count.enter('a');
    count.enter('a');
    expect(count.enter('a')).toBeNull();
    expect(count.enter('b')).not.toBeNull();
    leave!();
    expect(count.enter('a')).not.toBeNull();
    expect(count.enter('a')).toBeNull();
  });

  it('refuses everyone when the total is reached', () => {
    const count = new InboundCount({ maxInboundPerPeer: 2, maxInboundTotal: 3 });
    const entered = ['a', 'b', 'c'].map((peer) => count.enter(peer));
    expect(count.enter('d')).toBeNull();
    entered[1]!();
    expect(count.enter('d')).not.toBeNull();
  });
});

describe('the rate limit', () => {
  it('allows so many in a window, for each key', () => {
    const rate = new RateLimit(2, 1000);
    const allowed = ['a', 'a', 'a', 'b'].map((key) => rate.allow(key, 500));
    expect(allowed).toEqual([true, true, false, true]);
  });

  it('begins anew with the next window', () => {
    const rate = new RateLimit(1, 1000);
    expect([rate.allow('a', 999), rate.allow('a', 999), rate.allow('a', 1000)]).toEqual([true, false, true]);
  });
});
