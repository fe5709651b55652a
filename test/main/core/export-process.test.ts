import { beforeEach, expect, it } from 'vitest';
import type { Check, VerifyStart } from '#protocol/export/messages.ts';
import { runExportProcess } from '#main/core/export-process.ts';
import { createFakeProcessHost, type FakeChild, type FakeProcessHost } from '../fake-process-host.ts';

const start: VerifyStart = { kind: 'start-verify', folder: '/export', chain: null, netuid: 3 };
const verified = {
  ...{ kind: 'verified', ok: true, run: { id: 'ab', name: 'test' }, round: 7, stateRoot: 'cd'.repeat(32) },
  ...{ signer: '5F', unknown: ['who made it'] },
};

let processes: FakeProcessHost;
let stopping: AbortController;
let steps: string[];
let checks: Check[];
let logged: string[];

beforeEach(() => {
  processes = createFakeProcessHost();
  stopping = new AbortController();
  steps = [];
  checks = [];
  logged = [];
});

const run = (live: (child: FakeChild) => void) => {
  processes.onLaunch = live;
  return runExportProcess({
    ...{ processes, start, interrupted: stopping.signal },
    onStep: (detail) => steps.push(detail),
    onCheck: (check) => checks.push(check),
    log: (level, message) => logged.push(`${level}: ${message}`),
  });
};

it('gives the process its task, tells what it says, and returns its result when it has ended', async () => {
  const check: Check = { name: 'files', result: 'ok', details: ['all there'] };
  const result = await run((child) => {
    child.say({ kind: 'step', detail: 'reading' });
    child.say({ kind: 'check', check });
    child.say({ kind: 'log', level: 'warning', message: 'slow' });
    child.say(verified);
    child.exit();
  });
  expect(result).toEqual(verified);
  expect({ steps, checks, logged }).toEqual({ steps: ['reading'], checks: [check], logged: ['warning: verify: slow'] });
  expect(processes.launched.map(({ entry, name, sent }) => ({ entry, name, first: sent[0] }))).toEqual([
    { entry: 'export', name: 'verify', first: start },
  ]);
});

it.each([
  ['a result with a root that is none', { ...verified, stateRoot: 'x' }],
  ['a check of an unknown kind', { kind: 'check', check: { name: 'files', result: 'maybe', details: [] } }],
  ['no message at all', 7],
])('takes %s for nothing', async (_, message) => {
  const ended = run((child) => {
    child.say(message);
    child.exit({ code: 1 });
  });
  await expect(ended).rejects.toMatchObject({ code: 'WORKER_FAILED', message: /exited with code 1/ });
  expect(logged).toEqual(['warning: verify: sent a message that breaks the format; ignored']);
});

it('fails as the process fails', async () => {
  const ended = run((child) => child.say({ kind: 'failed', code: 'USAGE', message: 'There is no folder /export' }));
  await expect(ended).rejects.toMatchObject({ code: 'USAGE', message: 'There is no folder /export' });
  expect(processes.running('verify')).toBeUndefined();
});

it('ends the process when it is interrupted, and has no result', async () => {
  expect(await run(() => stopping.abort())).toBeNull();
  expect(processes.launched[0]!.sent).toContainEqual({ kind: 'stop' });
  expect(processes.running('verify')).toBeUndefined();
});

it('starts nothing when it was interrupted before', async () => {
  stopping.abort();
  expect(await run(() => undefined)).toBeNull();
  expect(processes.launched).toEqual([]);
});
