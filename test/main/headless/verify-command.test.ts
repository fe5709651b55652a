import { expect, it } from 'vitest';
import { FINNEY_GENESIS } from '#protocol/chain/genesis.ts';
import type { Check, ExportChain } from '#protocol/export/messages.ts';
import { createOutput } from '#main/headless/output.ts';
import type { CommandContext } from '#main/headless/command-context.ts';
import { runVerify } from '#main/headless/verify-command.ts';
import { createFakeProcessHost } from '../fake-process-host.ts';

const ok: Check = { name: 'files', result: 'ok', details: ['12 files'] };
const failed: Check = {
  name: 'weights',
  result: 'failed',
  details: ['not those', 'model.safetensors: tensor \u001b[2Jx'],
};
const skipped: Check = { name: 'chain', result: 'skipped', details: ['no run'] };
const verdict = {
  ...{ kind: 'verified', run: { id: 'ab', name: 'test run' }, round: 7, stateRoot: null },
  ...{ signer: '5F', unknown: ['who made it'] },
};

/** What a process that has found this makes the command print and return. */
async function verify(checks: readonly Check[], isOk: boolean, json = false, chain?: string) {
  const processes = createFakeProcessHost();
  processes.onLaunch = (child) => {
    for (const check of checks) child.say({ kind: 'check', check });
    child.say({ ...verdict, ok: isOk });
    child.exit();
  };
  let text = '';
  const options = { folder: '/export', ...(chain === undefined ? {} : { chain }) };
  const context: CommandContext = {
    ...{ version: '1', dist: '/dist', processes, log: () => undefined, nowMs: () => 0 },
    output: createOutput(json, (part) => void (text += part)),
    interrupted: new AbortController().signal,
  };
  const code = await runVerify('/nowhere', options, context);
  return { code, text, started: processes.launched[0]?.sent[0] };
}

it('prints a table of the checks and the verdict, and ends with 0', async () => {
  const { started, ...printed } = await verify([ok], true);
  expect(started).toMatchObject({ folder: '/export', chain: null });
  expect(printed).toEqual({
    code: 0,
    text: [
      'files       ok           12 files',
      '',
      'Verified: the weights of round 7 of run “test run”, as 5F signed them.',
      'Not known from the folder alone: who made it.',
      '',
    ].join('\n'),
  });
});

it('names all that is wrong, lets no stranger move the cursor, and ends with 1', async () => {
  const { code, text } = await verify([ok, failed, skipped], false);
  expect(code).toBe(1);
  expect(text.split('\n').slice(0, 6)).toEqual([
    'files       ok           12 files',
    'weights     FAILED       not those',
    '                         model.safetensors: tensor \uFFFD[2Jx',
    'chain       not checked  no run',
    '',
    'NOT VERIFIED: 1 of 3 checks failed, and 1 could not be made. Do not trust what is in /export.',
  ]);
});

it('lets its process ask every address of a named chain, and that chain alone', async () => {
  const { started } = await verify([ok], true, false, 'finney');
  expect(started).toMatchObject({ chain: { name: 'finney', genesisHash: FINNEY_GENESIS } });
  expect((started as { readonly chain: ExportChain }).chain.endpoints.length).toBeGreaterThan(1);
});

it('prints one JSON object a line for machines', async () => {
  const { text } = await verify([ok], true, true);
  const { kind: event, ...fields } = verdict;
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { event: 'check', ...ok },
    { event, folder: '/export', ok: true, ...fields },
  ]);
});
