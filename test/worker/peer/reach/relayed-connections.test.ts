import type { Connection } from '@libp2p/interface';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endWhenIdle, endWhenUnused } from '#worker/peer/reach/relayed-connections.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** As much of a connection as is looked at: its streams by protocol, and whether it was closed. */
function connection() {
  const streams: (EventTarget & { protocol: string; timeline: { close?: number } })[] = [];
  const close = vi.fn(() => Promise.resolve());
  const open = (protocol: string): (() => void) => {
    const stream = Object.assign(new EventTarget(), { protocol, timeline: {} });
    streams.push(stream);
    return () => {
      streams.splice(streams.indexOf(stream), 1);
      stream.dispatchEvent(new Event('close'));
    };
  };
  const it = Object.assign(new EventTarget(), { streams, close }) as unknown as Connection;
  return { it, close, open };
}

it('a relayed connection that nobody uses ends, and not between two uses', () => {
  const { it: relayed, close, open } = connection();
  endWhenUnused(relayed);
  open('/libp2p/dcutr');
  vi.advanceTimersByTime(30_000);
  const done = open('/millrace/blob/1.1.0');
  vi.advanceTimersByTime(30_000);
  done();
  vi.advanceTimersByTime(30_000);
  expect(close).not.toHaveBeenCalled();
  vi.advanceTimersByTime(30_000);
  expect(close).toHaveBeenCalledOnce();
});

it('where there is a direct one, what is under way on the relayed connection goes on to its end', async () => {
  const { it: relayed, close, open } = connection();
  const [first, second] = [open('/millrace/blob/1.1.0'), open('/millrace/announce/1.0.0')];
  const ended = endWhenIdle(relayed);
  first();
  await Promise.resolve();
  expect(close).not.toHaveBeenCalled();
  second();
  await ended;
  expect(close).toHaveBeenCalledOnce();
});
