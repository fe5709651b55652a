import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestFile, MAX_PROVENANCE_BYTES } from '#protocol/export/folder.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { openManifest, sealManifest } from '#protocol/round/manifest.ts';
import { validatorKey } from '../../support/round-fixtures.ts';
import { testKey, testRunId, smallRun } from '../../support/small-run.ts';
import {
  changeJson,
  flipBit,
  makeExport,
  relist,
  ROUNDS,
  sealChain,
  stateOf,
  temporaryFolder,
  validator,
  verification,
} from './make-export.ts';

const withMomentum = { ...smallRun, outer: { ...smallRun.outer, momentum: 0.5 } };
const last = manifestFile(ROUNDS[2]!);

describe.each([
  ['without momentum', smallRun],
  ['with outer momentum', withMomentum],
])('an export %s', (_, spec) => {
  it('is verified: every check is told, and what a folder cannot tell', async () => {
    const { checks, verdict } = await verification(await makeExport(spec));
    expect(checks.map(({ name, result }) => `${name} ${result}`)).toEqual([
      ...[
        'files ok',
        'run ok',
        'config ok',
        'tokenizer ok',
        'manifests ok',
        'provenance ok',
        'hashes ok',
        'weights ok',
      ],
    ]);
    expect(verdict).toMatchObject({ ok: true, round: 10, signer: validator, stateRoot: stateOf(spec, 3).root });
    expect(verdict.run?.name).toBe(smallRun.name);
    expect(verdict.unknown.join('\n')).toMatch(
      /whether .* was a validator .*“Test chain”.*\n.*2026-11-27T00:00:00.000Z/,
    );
  });

  it('has nothing but its files', async () => {
    const names = readdirSync(await makeExport(spec)).sort();
    const momentum = spec === smallRun ? [] : ['outer-momentum.safetensors'];
    expect(names).toEqual([
      ...['config.json', 'manifests', 'model.safetensors', ...momentum, 'provenance.json', 'run.cbor'],
      ...['state-leaves.bin', 'tokenizer.json', 'tokenizer_config.json'],
    ]);
  });
});

/** What is done to a folder, and what of it which check says. */
const damage: readonly (readonly [string, (folder: string) => void, Readonly<Record<string, RegExp>>])[] = [
  [
    'a flipped bit in the weights',
    (folder) => flipBit(join(folder, 'model.safetensors'), -1),
    {
      hashes: /^model\.safetensors is not as it was exported/,
      weights:
        /^The weights are not those that \w+ signed for round 10: .*\nmodel\.safetensors: tensor lm_head\.weight is damaged \(MiB 0 /,
    },
  ],
  [
    'a flipped bit in the header of the weights',
    (folder) => flipBit(join(folder, 'model.safetensors'), 9),
    { hashes: /^model\.safetensors/, weights: /model\.safetensors/ },
  ],
  [
    'weights that end early',
    (folder) => truncateSync(join(folder, 'model.safetensors'), 5000),
    { files: /^model\.safetensors has 5000 bytes instead of \d+$/, weights: /model\.safetensors/ },
  ],
  [
    'other weights that are listed as if they were right, with leaves of their own',
    (folder) => {
      flipBit(join(folder, 'model.safetensors'), -1);
      flipBit(join(folder, 'state-leaves.bin'), -1);
      relist(folder, 'model.safetensors', 'state-leaves.bin');
    },
    { weights: /^The weights are not those that .*\nstate-leaves\.bin does not lead to the signed state root/ },
  ],
  [
    'a flipped bit in the leaves',
    (folder) => flipBit(join(folder, 'state-leaves.bin'), 0),
    { hashes: /^state-leaves\.bin/, weights: /^state-leaves\.bin does not lead to the signed state root/ },
  ],
  [
    'a config.json of another model',
    (folder) => {
      changeJson(join(folder, 'config.json'), (json) => ({ ...json, rope_theta: 5, rope_parameters: null }));
      relist(folder, 'config.json');
    },
    { config: /^config\.json: ropeTheta is 5, in the run it is 10000$/ },
  ],
  [
    'a config.json that brings code',
    (folder) => {
      changeJson(join(folder, 'config.json'), (json) => ({ ...json, auto_map: { AutoModel: 'evil.Model' } }));
      relist(folder, 'config.json');
    },
    { config: /auto_map/ },
  ],
  [
    'a config.json that is no JSON',
    (folder) => writeFileSync(join(folder, 'config.json'), '['.repeat(1_000_000)),
    { config: /config\.json is not JSON/, files: /^config\.json has 1000000 bytes/ },
  ],
  [
    'another tokenizer',
    (folder) => {
      changeJson(join(folder, 'tokenizer_config.json'), (json) => ({ ...json, chat_template: '{{ evil }}' }));
      relist(folder, 'tokenizer_config.json');
    },
    { tokenizer: /^tokenizer_config\.json is not the tokenizer of bytes/ },
  ],
  [
    'a flipped bit in run.cbor',
    (folder) => flipBit(join(folder, 'run.cbor'), 40),
    { hashes: /^run\.cbor/, run: /run\.cbor/ },
  ],
  [
    'a run.cbor that is a million lists in each other',
    (folder) => writeFileSync(join(folder, 'run.cbor'), new Uint8Array(1_000_000).fill(0x81)),
    { files: /^run\.cbor has 1000000 bytes/, run: /^run\.cbor: Malformed CBOR/ },
  ],
  [
    'the run.cbor of another run',
    (folder) => {
      flipBit(join(folder, 'run.cbor'), readFileSync(join(folder, 'run.cbor')).indexOf('test run'));
      relist(folder, 'run.cbor');
    },
    { run: /^run\.cbor is run \w{64}, not \w{64}\n.*“uest run”/ },
  ],
  [
    'a flipped bit in the manifest of the round',
    (folder) => flipBit(join(folder, last), 200),
    { hashes: new RegExp(`^${last}`), manifests: new RegExp(`^${last}: Bad signature`) },
  ],
  [
    'a flipped bit in an earlier manifest',
    (folder) => flipBit(join(folder, manifestFile(7)), 200),
    { hashes: /0000000007/, manifests: /^manifests\/0000000007\.cbor: Bad signature/ },
  ],
  [
    'two manifests in each other’s place',
    (folder) => {
      renameSync(join(folder, manifestFile(7)), join(folder, 'x'));
      renameSync(join(folder, manifestFile(9)), join(folder, manifestFile(7)));
      renameSync(join(folder, 'x'), join(folder, manifestFile(9)));
      relist(folder, manifestFile(7), manifestFile(9));
    },
    { manifests: /^manifests\/0000000007\.cbor is the manifest of round 9\n/ },
  ],
  [
    'an earlier manifest that the validator signed for another history',
    (folder) => {
      const [, second] = sealChain(smallRun, ({ round }) => (round === 9 ? { evalLoss: 1 } : {}));
      writeFileSync(join(folder, manifestFile(9)), second!.bytes);
      relist(folder, manifestFile(9));
    },
    { manifests: /0000000010\.cbor follows another manifest of round 9 than the one that is here/ },
  ],
  [
    'a manifest that the validator signed for another run',
    (folder) => {
      const { manifest } = openManifest(readFileSync(join(folder, last)));
      writeFileSync(join(folder, last), sealManifest({ ...manifest, run: testRunId }, validatorKey));
      relist(folder, last);
    },
    { manifests: /^manifests\/0000000010\.cbor belongs to another run, (ab){32}\n/ },
  ],
  [
    'a manifest that somebody else signed',
    (folder) => {
      const { manifest } = openManifest(readFileSync(join(folder, last)));
      writeFileSync(join(folder, last), sealManifest(manifest, testKey(1)));
      relist(folder, last);
    },
    { provenance: new RegExp(`manifest\\.signer ${validator}, the signed manifest ${hotkeyOf(testKey(1))}`) },
  ],
  [
    'a manifest that is missing in the middle, and not listed',
    (folder) => {
      rmSync(join(folder, manifestFile(9)));
      changeJson(join(folder, 'provenance.json'), (json) => {
        const files = json['files'] as { name: string }[];
        return { ...json, files: files.filter(({ name }) => name !== manifestFile(9)) };
      });
    },
    { manifests: /The manifest of round 10 does not follow that of round 7: step 3 after step 1/ },
  ],
  [
    'a file too much',
    (folder) => writeFileSync(join(folder, 'modeling.py'), ''),
    { files: /^"modeling\.py" does not belong here$/ },
  ],
  [
    'a file too much that an export may have',
    (folder) => writeFileSync(join(folder, 'outer-momentum.safetensors'), ''),
    { files: /^outer-momentum\.safetensors is too much/ },
  ],
  ['a folder too much', (folder) => mkdirSync(join(folder, 'more')), { files: /^"more" does not belong here$/ }],
  [
    'a file too much among the manifests',
    (folder) => writeFileSync(join(folder, 'manifests/x'), ''),
    { files: /^"manifests\/x"/ },
  ],
  [
    'a link in the place of a file',
    (folder) => {
      renameSync(join(folder, 'config.json'), join(folder, '../millrace-linked.json'));
      symlinkSync('../millrace-linked.json', join(folder, 'config.json'));
    },
    { files: /^config\.json is missing\n"config\.json" is a link/, config: /^config\.json: it is missing/ },
  ],
  [
    'a pipe in the place of a file',
    (folder) => {
      rmSync(join(folder, 'run.cbor'));
      execFileSync('mkfifo', [join(folder, 'run.cbor')]);
    },
    { files: /"run\.cbor" does not belong here/, run: /^run\.cbor: it is missing/ },
  ],
];

describe('verifying finds and names', () => {
  it.each(damage)('%s', async (_, harm, expected) => {
    const folder = await makeExport();
    harm(folder);
    const { verdict, problems } = await verification(folder);
    expect(verdict.ok).toBe(false);
    expect(Object.keys(problems).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, words] of Object.entries(expected)) expect(problems[name], name).toMatch(words);
  });

  it.each([
    ...[
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'model.safetensors',
      'state-leaves.bin',
      'run.cbor',
      last,
    ],
  ])('a missing %s', async (name) => {
    const folder = await makeExport();
    rmSync(join(folder, name));
    const { verdict, problems } = await verification(folder);
    expect(verdict.ok).toBe(false);
    expect(problems['files']).toBe(`${name} is missing`);
    expect(problems['provenance'], 'what was not compared is not called wrong').toBeUndefined();
  });

  it('the tensor of the momentum that is damaged', async () => {
    const folder = await makeExport(withMomentum);
    flipBit(join(folder, 'outer-momentum.safetensors'), -1, 7);
    const { problems } = await verification(folder);
    expect(problems['weights']).toMatch(/outer-momentum\.safetensors: tensor lm_head\.weight is damaged/);
  });

  it.each([
    ['round', { round: 9 }],
    ['step', { step: 4 }],
    ['stateRoot', { stateRoot: '00'.repeat(32) }],
    ['manifest.hash', { manifest: { hash: '00'.repeat(32), signer: validator } }],
  ])('a lie of provenance.json about %s', async (field, lie) => {
    const folder = await makeExport();
    changeJson(join(folder, 'provenance.json'), (json) => ({ ...json, ...lie }));
    const { problems } = await verification(folder);
    expect(problems).toEqual({ provenance: expect.stringContaining(`provenance.json says ${field} `) as string });
  });

  it('a lie of provenance.json about which run it is', async () => {
    const folder = await makeExport();
    changeJson(join(folder, 'provenance.json'), (json) => ({
      ...json,
      run: { id: '00'.repeat(32), name: 'test run' },
    }));
    const { problems } = await verification(folder);
    expect(problems['run']).toMatch(/^run\.cbor is run \w{64}, not 0{64}$/);
    expect(problems['provenance']).toMatch(/^provenance\.json says run\.id 0{64}, the signed manifest \w{64}$/);
  });

  it('a lie of provenance.json about the name of the run', async () => {
    const folder = await makeExport();
    changeJson(join(folder, 'provenance.json'), (json) => ({
      ...json,
      run: { ...(json['run'] as object), name: 'better run' },
    }));
    expect((await verification(folder)).problems['run']).toContain('“test run”, provenance.json says “better run”');
  });
});

describe('of a provenance.json that is no such thing, verifying says so and checks nothing else:', () => {
  const file = { name: 'config.json', sizeBytes: 1, sha256: '00'.repeat(32) };
  it.each<[string, (json: Record<string, unknown>) => unknown, RegExp]>([
    [
      'a path out of the folder',
      (json) => ({ ...json, files: [{ ...file, name: '../../etc/passwd' }] }),
      /files\.0\.name: no name of a file/,
    ],
    ['an absolute path', (json) => ({ ...json, files: [{ ...file, name: '/etc/passwd' }] }), /no name of a file/],
    ['a file named twice', (json) => ({ ...json, files: [file, file] }), /named twice/],
    ['a size below nothing', (json) => ({ ...json, files: [{ ...file, sizeBytes: -1 }] }), /sizeBytes/],
    ['another version', (json) => ({ ...json, version: 2 }), /version/],
    ['an unknown field', (json) => ({ ...json, more: 1 }), /more/],
    ['a list', () => [], /provenance\.json/],
  ])('%s', async (_, change, words) => {
    const folder = await makeExport();
    changeJson(join(folder, 'provenance.json'), change);
    const { verdict, checks } = await verification(folder);
    expect(verdict).toMatchObject({ ok: false, run: null, signer: null });
    expect(checks.map(({ result }) => result)).toEqual(['failed', 'skipped']);
    expect(checks[0]!.details[0]).toMatch(words);
  });

  it.each([
    ['nothing', '', /is not JSON/],
    ['a million open brackets', '['.repeat(1_000_000), /is not JSON/],
    ['more than is read', ' '.repeat(MAX_PROVENANCE_BYTES + 1), /more than/],
  ])('%s', async (_, text, words) => {
    const folder = await makeExport();
    writeFileSync(join(folder, 'provenance.json'), text);
    expect((await verification(folder)).problems['files']).toMatch(words);
  });

  it('an empty folder', async () => {
    expect((await verification(temporaryFolder())).problems['files']).toMatch(/^provenance\.json is missing/);
  });
});

describe('verifying', () => {
  it('says so when there is no such folder, and never throws anything else', async () => {
    await expect(verification(join(temporaryFolder(), 'no'))).rejects.toMatchObject({ code: 'USAGE' });
    const folder = await makeExport();
    await expect(verification(join(folder, 'run.cbor'))).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('finds a flipped bit wherever it is', async () => {
    const folder = await makeExport();
    const names = [...readdirSync(folder), last].filter((name) => !['manifests', 'provenance.json'].includes(name));
    for (const [index, name] of names.entries()) {
      const path = join(folder, name);
      const { length } = readFileSync(path);
      for (const share of [0, 0.13, 0.37, 0.5, 0.71, 0.99]) {
        const at = Math.floor(share * length);
        const bit = (index + at) % 8;
        flipBit(path, at, bit);
        const { verdict, problems } = await verification(folder);
        expect(verdict.ok, `${name}, bit ${bit} of byte ${at}`).toBe(false);
        expect(problems['hashes']).toContain(`${name} is not as it was exported`);
        flipBit(path, at, bit);
      }
    }
    expect((await verification(folder)).verdict.ok).toBe(true);
  });

  it('asks a chain when it is told to, and counts its answer', async () => {
    const folder = await makeExport();
    const { verdict, checks } = await verification(folder, ({ signer, said }) =>
      Promise.resolve({ problems: [`${signer} is no validator of ${said.chain.name}`], good: '' }),
    );
    expect(verdict.ok).toBe(false);
    expect(checks.at(-1)).toEqual({
      name: 'chain',
      result: 'failed',
      details: [`${validator} is no validator of Test chain`],
    });
  });
});
