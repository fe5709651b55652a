import { expect, it } from 'vitest';
import { type BlockClock, startBlockClock, type Timers } from '#network/devnet/node/block-clock.ts';

/** A clock that goes when it is told to, and one timer at a time. */
class TestTimers implements Timers {
  nowMs = 1_000;
  waiting: { atMs: number; then: () => void } | null = null;

  readonly monotonicMs = (): number => this.nowMs;
  readonly after = (delayMs: number, then: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, then };
    this.waiting = timer;
    return () => void (this.waiting = this.waiting === timer ? null : this.waiting);
  };

  /** Runs the timer when its time comes, or so much later. */
  fire(lateMs = 0): void {
    const timer = this.waiting;
    if (timer === null) throw new Error('No timer was set');
    this.nowMs = timer.atMs + lateMs;
    this.waiting = null;
    timer.then();
  }
}

function started(tick: (clock: BlockClock) => void = () => undefined) {
  const timers = new TestTimers();
  const ticks: number[] = [];
  const clock = startBlockClock(250, timers, () => {
    ticks.push(timers.nowMs);
    tick(clock);
  });
  return { timers, ticks, clock };
}

it('ticks at its pace, and a late tick delays none of those that follow', () => {
  const { timers, ticks } = started();
  timers.fire();
  timers.fire(100);
  timers.fire();
  expect(ticks).toEqual([1_250, 1_600, 1_750]);
});

it('after a machine has slept it ticks once, and then at its pace', () => {
  const { timers, ticks } = started();
  timers.fire(3_600_010);
  timers.fire();
  timers.fire();
  expect(ticks).toEqual([3_601_260, 3_601_500, 3_601_750]);
});

it('a timer that fires early does not make it tick twice', () => {
  const { timers, ticks } = started();
  timers.fire(-0.5);
  timers.fire();
  expect(ticks).toEqual([1_249.5, 1_500]);
});

it('is silent once stopped, from outside or from within a tick', () => {
  const outside = started();
  outside.clock.stop();
  expect(outside.timers.waiting).toBeNull();
  const within = started((clock) => clock.stop());
  within.timers.fire();
  expect(within.timers.waiting).toBeNull();
});
