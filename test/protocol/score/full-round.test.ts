import { describe, expect, it } from 'vitest';
import type { Hotkey } from '#protocol/ids.ts';
import { gains, update, bookOf, rate } from './rate-round-scene.ts';

describe('a round with more good updates than a manifest holds', () => {
  const MANY = 300;
  const hotkeys = Array.from({ length: MANY }, (_, n) => `worker ${n}` as Hotkey);
  const fresh = Array.from({ length: 40 }, (_, n) => `fresh ${n}` as Hotkey);
  const all = [...hotkeys, ...fresh];
  const full = rate(
    bookOf(...hotkeys.map((hotkey) => [hotkey, {}] as const)),
    all.map((hotkey) => update(hotkey, gains(0.01))),
  );

  it('merges as many as there are places, newcomers among them', () => {
    expect(full.ratings.filter(({ merge }) => merge)).toHaveLength(256);
    expect(fresh.filter((hotkey) => full.of(hotkey).merge)).toHaveLength(32);
  });

  it('says to the others that there was no room, scores them like everyone, and pays them nothing for it', () => {
    const left = hotkeys.filter((hotkey) => !full.of(hotkey).merge);
    expect(left).toHaveLength(MANY - 224);
    const inside = hotkeys.find((hotkey) => full.of(hotkey).merge)!;
    for (const hotkey of left) {
      expect(full.of(hotkey)).toMatchObject({ isLeftOut: true, score: full.of(inside).score });
      expect(full.of(hotkey).reason).toContain('not merged: more were good than there are places (256)');
      expect(full.standing(hotkey)).toMatchObject({ uptime: 1, reputation: full.standing(inside).reputation });
      expect(full.standing(hotkey).payout, 'what was held back before').toBeLessThan(full.standing(inside).payout);
    }
  });
});
