import { describe, expect, it } from 'vitest';
import { Slots } from '#worker/peer/slots.ts';

describe('slots', () => {
  it('are free at once up to their number, for each key', async () => {
    const slots = new Slots(2);
    await Promise.all([slots.take('a'), slots.take('a'), slots.take('b'), slots.take('b')]);
  });

  it('go to those who wait, in order, one for each that is freed', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const take = (name: string): Promise<() => void> =>
      slots.take('a').then((free) => {
        order.push(name);
        return free;
      });
    const first = await take('first');
    const [second, third] = [take('second'), take('third')];
    expect(order).toEqual(['first']);
    first();
    first();
    (await second)();
    await third;
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('pass over those who gave up waiting', async () => {
    const slots = new Slots(1);
    const free = await slots.take('a');
    const controller = new AbortController();
    const givesUp = slots.take('a', controller.signal);
    const waits = slots.take('a');
    controller.abort();
    await expect(givesUp).rejects.toMatchObject({ code: 'ABORTED' });
    free();
    (await waits)();
    await slots.take('a');
  });

  it('are not given to one who gave up before asking', async () => {
    const slots = new Slots(1);
    await expect(slots.take('a', AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
    await slots.take('a');
  });
});
