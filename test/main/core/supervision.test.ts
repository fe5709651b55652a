import { describe, expect, test } from 'vitest';
import { superviseNext, type Failure, type Supervision, type SupervisionEvent } from '#main/core/supervision.ts';

const NOW_MS = 1_000_000;
const crash: Failure = { code: 'WORKER_FAILED', message: 'it crashed' };
const diverged: Failure = { code: 'DIVERGED', message: 'roots differ' };

const stopped: Supervision = { kind: 'stopped' };
const failed: Supervision = { kind: 'failed', failure: diverged };
const running = (attempt: number, ranMs: number): Supervision => ({
  kind: 'running',
  attempt,
  sinceMs: NOW_MS - ranMs,
});
const restarting = (attempt: number, delayMs: number): Supervision => ({
  kind: 'restarting',
  attempt,
  reason: 'it crashed',
  retryAtMs: NOW_MS + delayMs,
});
const exited = (failure: Failure, wasReady = false): SupervisionEvent => ({ kind: 'exited', failure, wasReady });
const database: Failure = { code: 'DATABASE', message: 'cannot be read' };
const usage: Failure = { code: 'USAGE', message: 'not an address' };
const tooLarge: Failure = { code: 'SHARD_TOO_LARGE', message: 'no room' };
const portInUse: Failure = { code: 'PORT_IN_USE', message: 'it crashed' };
const fullDisk: Failure = { code: 'DATABASE', message: 'it crashed' };

describe('every state meets every event', () => {
  const table: readonly (readonly [string, Supervision, SupervisionEvent, Supervision])[] = [
    ['stopped starts', stopped, { kind: 'start' }, running(0, 0)],
    ['stopped ignores an exit', stopped, exited(crash), stopped],
    ['stopped ignores a retry that comes late', stopped, { kind: 'retry' }, stopped],
    ['stopped stays stopped', stopped, { kind: 'stop' }, stopped],
    ['running ignores a second start', running(0, 5), { kind: 'start' }, running(0, 5)],
    ['running ignores a retry', running(2, 5), { kind: 'retry' }, running(2, 5)],
    ['running stops', running(2, 5), { kind: 'stop' }, stopped],
    ['the first crash waits one second', running(0, 5), exited(crash), restarting(1, 1000)],
    ['the second waits two', running(1, 5), exited(crash), restarting(2, 2000)],
    ['the sixth waits 32', running(5, 5), exited(crash), restarting(6, 32_000)],
    ['the seventh waits a minute, and no longer', running(6, 5), exited(crash), restarting(7, 60_000)],
    ['the thousandth too', running(999, 59_999), exited(crash), restarting(1000, 60_000)],
    ['a healthy minute makes a crash the first again', running(6, 60_000), exited(crash), restarting(1, 1000)],
    ['a permanent failure is not retried', running(0, 5), exited(diverged), failed],
    ['nor is a wrong start', running(0, 5), exited(usage), { kind: 'failed', failure: usage }],
    ['nor a model that does not fit', running(0, 5), exited(tooLarge), { kind: 'failed', failure: tooLarge }],
    ['nor a database that does not open', running(0, 5), exited(database), { kind: 'failed', failure: database }],
    ['a database that failed later is opened again', running(0, 5), exited(fullDisk, true), restarting(1, 1000)],
    ['a taken port is tried again', running(0, 5), exited(portInUse), restarting(1, 1000)],
    ['restarting retries and remembers its attempts', restarting(3, 0), { kind: 'retry' }, running(3, 0)],
    ['restarting is not hurried by a start', restarting(3, 9), { kind: 'start' }, restarting(3, 9)],
    ['restarting ignores an exit', restarting(3, 9), exited(crash), restarting(3, 9)],
    ['restarting stops', restarting(3, 9), { kind: 'stop' }, stopped],
    ['failed may be started anew', failed, { kind: 'start' }, running(0, 0)],
    ['failed ignores a retry', failed, { kind: 'retry' }, failed],
    ['failed ignores an exit', failed, exited(crash), failed],
    ['failed stops', failed, { kind: 'stop' }, stopped],
  ];
  test.each(table)('%s', (_, state, event, expected) => {
    expect(superviseNext(state, event, { nowMs: NOW_MS })).toEqual(expected);
  });
});
