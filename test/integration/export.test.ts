import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endCommands, type Command, type Event, millrace } from '../support/millrace-command.ts';

/** Rounds that the devnet has trained before anything is exported. */
const ROUNDS = 3;

let folder: string;
let home: string;
let devnet: Command;
const events = (lines: readonly string[]): readonly Event[] => lines.map((line) => JSON.parse(line) as Event);
const run = (...args: readonly string[]): Command['ended'] => millrace(args).ended;
/** What lies in the folder beside the devnet's home. */
const left = (): readonly string[] => readdirSync(folder).filter((name) => name !== 'home');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-export-'));
  home = join(folder, 'home');
  devnet = millrace(['devnet', '--home', home, '--json']);
  await devnet.event('manifest', ROUNDS);
});
afterAll(async () => {
  devnet.kill('SIGINT');
  await devnet.ended;
  expect(existsSync(join(home, 'chain')), 'the address of a chain that has ended').toBe(false);
  await endCommands();
  rmSync(folder, { recursive: true, force: true });
});

test('a round of a live devnet is exported and verified; one flipped bit is found and its tensor named', async () => {
  const manifest = await devnet.event('manifest', ROUNDS - 1);
  const round = String(manifest['round']);
  const out = join(folder, 'weights');
  const exported = await run('export', '--home', home, '--round', round, '--out', out, '--json');
  expect(exported.stderr).toContain('Applying round');
  expect(exported.code).toBe(0);
  expect(events(exported.stdout)).toMatchObject([
    { event: 'exported', out, round: manifest['round'], stateRoot: manifest['stateRoot'], manifests: ROUNDS - 1 },
  ]);
  expect(left(), 'nothing but the export').toEqual(['weights']);

  const { url } = await devnet.event('chain');
  const verified = await run('verify', out, '--chain', String(url), '--json');
  expect(verified.code).toBe(0);
  const told = events(verified.stdout);
  expect(told.slice(0, -1).map(({ name, result }) => `${String(name)} ${String(result)}`)).toEqual([
    ...['files ok', 'run ok', 'config ok', 'tokenizer ok', 'manifests ok', 'provenance ok', 'hashes ok'],
    ...['weights ok', 'chain ok'],
  ]);
  expect(told.at(-1)).toMatchObject({ event: 'verified', ok: true, round: manifest['round'] });

  const weights = join(out, 'model.safetensors');
  const bytes = readFileSync(weights);
  bytes[bytes.length - 1]! ^= 0x40;
  writeFileSync(weights, bytes);
  const damaged = await run('verify', out);
  expect(damaged.code).toBe(1);
  expect(damaged.stdout.join('\n')).toMatch(/^weights +FAILED +The weights are not those that \w+ signed/m);
  expect(damaged.stdout.join('\n')).toMatch(/model\.safetensors: tensor [\w.]+ is damaged \(MiB 0 /);

  const again = await run('export', '--home', home, '--out', out, '--json');
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('--force replaces it');
  const replaced = await run('export', '--home', home, '--round', round, '--out', out, '--force');
  expect(replaced.code).toBe(0);
  expect(replaced.stdout.at(-1)).toBe(`Check it with: millrace verify ${out}`);
  expect((await run('verify', out)).code).toBe(0);
  expect(left()).toEqual(['weights']);
  rmSync(out, { recursive: true });
});

test('what cannot be exported is refused with words, and leaves nothing behind', async () => {
  const out = join(folder, 'weights');
  const early = await run('export', '--home', home, '--round', '99999', '--out', out, '--json');
  expect(early.code).toBe(1);
  expect(events(early.stdout)).toMatchObject([
    {
      event: 'error',
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^Round 99999 has no manifest; the newest/) as string,
    },
  ]);
  const other = await run('export', '--home', home, '--run', '00000000', '--out', out);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('and none that begins with 00000000');
  const nowhere = await run('export', '--home', join(folder, 'home', 'none'), '--out', out);
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toContain('Millrace is not running with the data folder');
  expect(left()).toEqual([]);
});

test('an export that is interrupted leaves nothing behind', async () => {
  const command = millrace(['export', '--home', home, '--out', join(folder, 'weights'), '--json']);
  await expect
    .poll(() => left().some((name) => existsSync(join(folder, name, 'node'))), { timeout: 60_000 })
    .toBe(true);
  command.kill('SIGINT');
  const { code, stdout } = await command.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: [] });
  expect(left()).toEqual([]);
});
