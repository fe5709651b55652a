import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandReply, StateMessage } from '#protocol/contract/commands.ts';
import type { NewColdkey } from '#protocol/contract/keys.ts';
import { keyPairFromSeed } from '#protocol/keys.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { fixture } from '../btwallet/fixture.ts';
import { setUp } from '../app-scene.ts';
import { fakeKeychain, quickKeys, walletsFolder } from './keyring-scene.ts';

test('no secret is in any state, patch, notice, log or refusal, nor in the clear on the disk', async () => {
  const walletsDirectory = walletsFolder({ 'miner/coldkey': 'nacl', 'miner/hotkeys/first': 'bySeed' });
  const scene = setUp({
    walletsFolder: walletsDirectory,
    secretBox: () => Promise.resolve(fakeKeychain().box),
    deriveKey: quickKeys,
  });
  const seen: StateMessage[] = [];
  scene.app.store.subscribe((message) => seen.push(message));
  const refused: CommandReply[] = [];
  const command = async (name: string, payload: unknown): Promise<CommandReply> => {
    const reply = await scene.app.command(name, payload);
    if (!reply.ok) refused.push(reply);
    return reply;
  };
  await scene.app.start();
  const password = 'S3cret pass phrase';
  const made = (await command('keys.create-coldkey', { password })) as { value: NewColdkey };
  const { id, words, quiz } = made.value;
  await command('keys.confirm-coldkey', { id, words: [{ index: quiz[0], word: 'zzz' }] });
  const answers = quiz.map((index) => ({ index, word: words[index] }));
  expect(await command('keys.confirm-coldkey', { id, words: answers })).toEqual({ ok: true });
  const first = { wallet: 'miner', hotkey: 'first', coldkey: 'none', coldkeyPassword: null };
  expect(await command('keys.import-wallet', { ...first, hotkeyPassword: password })).toEqual({ ok: true });
  await command('keys.import-wallet', { ...first, hotkey: null, coldkey: 'encrypted', coldkeyPassword: password });
  await command('keys.import-mnemonic', { key: 'coldkey', phrase: fixture.phrase, password });
  await command('keys.import-mnemonic', { key: 'coldkey', phrase: { words: fixture.phrase }, password });
  await command('keys.unlock-hotkey', { password: 'wrong pass phrase' });
  await command('keys.create-coldkey', { password: `${password}`, extra: 1 });
  expect(
    await command('keys.export', { wallet: 'copy', hotkey: 'first', hotkeyPassword: password, coldkey: true }),
  ).toMatchObject({ ok: true });
  expect(refused.length).toBeGreaterThan(3);
  await scene.app.stop();

  const seed = toHex(
    Buffer.from(JSON.parse(Buffer.from(fixture.bySeed, 'base64').toString()).secretSeed.slice(2), 'hex'),
  );
  const secretKey = toHex(keyPairFromSeed(fromHex(seed)).secretKey);
  const secrets = [
    password,
    words.slice(0, 3).join(' '),
    fixture.phrase.slice(0, 20),
    seed.slice(8, 40),
    secretKey.slice(8, 40),
  ];
  const keys = ['hotkey', 'coldkey'].map((name) => readFileSync(join(scene.home, 'keys', `${name}.json`), 'utf8'));
  const exported = ['coldkey', 'hotkeys/first'].map((name) =>
    readFileSync(join(walletsDirectory, 'copy', name), 'latin1'),
  );
  const everything = JSON.stringify([seen, scene.logs, refused, keys, exported]);
  for (const secret of secrets) expect(everything).not.toContain(secret);
  // The search finds what is there.
  expect(JSON.stringify(seen)).toContain(keyPairFromSeed(fromHex(seed)).address);
});
