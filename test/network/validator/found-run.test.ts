import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { blobHash } from '#protocol/hash.ts';
import { decodeRunSpec, encodeRunSpec } from '#protocol/run-spec.ts';
import { foundRun, readText } from '#network/validator/found-run.ts';

const PAGE_BYTES = 64 * 1024;
const timing = { roundBlocks: 24, trainBlocks: 17 };

/** Page p is filled with the byte p. */
function textOf(pages: number, tailBytes = 0): Uint8Array {
  const text = new Uint8Array(pages * PAGE_BYTES + tailBytes).fill(pages);
  for (let page = 0; page < pages; page += 1) text.fill(page, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  return text;
}

describe('founding a run', () => {
  it.each([
    ['no text', 0],
    ['a byte less than twenty pages', 20 * PAGE_BYTES - 1],
  ])('refuses %s', (_, sizeBytes) => {
    expect(() => foundRun(new Uint8Array(sizeBytes), timing)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `A run needs at least ${20 * PAGE_BYTES} bytes of text, this has ${sizeBytes}`,
      }),
    );
  });

  it.each([
    ['one page of the smallest text', 20, [19]],
    ['no more of a text that is a little longer', 39, [19]],
    ['pages from all over a long text', 70, [19, 39, 59]],
  ])('holds out %s', (_, count, heldOut) => {
    const { spec, pages } = foundRun(textOf(count, 100), timing);
    const training = Array.from({ length: count }, (__, page) => page).filter((page) => !heldOut.includes(page));
    expect(
      pages.map((page) => page[0]),
      'held-out pages come last; what fills no page is left out',
    ).toEqual([...training, ...heldOut]);
    for (const page of pages) expect(blobHash(page)).toBe(blobHash(new Uint8Array(PAGE_BYTES).fill(page[0]!)));
    expect(spec.data).toEqual({
      pages: pages.map((page) => ({ hash: blobHash(page), sizeBytes: PAGE_BYTES })),
      ...{ holdoutPages: heldOut.length, pagesPerRound: 4 },
    });
  });

  it('gives a specification that everyone accepts, with the timing asked for', () => {
    const { spec } = foundRun(textOf(20), timing);
    expect(decodeRunSpec(encodeRunSpec(spec))).toEqual(spec);
    expect(spec.round).toEqual({ blocks: 24, trainBlocks: 17, leadBlocks: 2 });
  });

  it('is the same for the same text, and another for other text or timing', () => {
    const bytesFor = (text: Uint8Array, blocks = timing) => blobHash(encodeRunSpec(foundRun(text, blocks).spec));
    const one = bytesFor(textOf(20));
    const changed = textOf(20);
    changed[5]! += 1;
    expect(bytesFor(textOf(20))).toBe(one);
    expect(bytesFor(changed)).not.toBe(one);
    expect(bytesFor(textOf(20), { ...timing, roundBlocks: 25 })).not.toBe(one);
  });

  it('leaves pages of their own: the text may be thrown away or changed', () => {
    const text = textOf(20);
    const { pages } = foundRun(text, timing);
    text.fill(99);
    expect(pages[0]![0]).toBe(0);
  });
});

describe('reading a text', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-text-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("joins a folder's .txt files in the order of their names", async () => {
    await writeFile(join(folder, 'b.txt'), 'second ');
    await writeFile(join(folder, 'c.txt'), 'third');
    await writeFile(join(folder, 'a.txt'), 'first ');
    await writeFile(join(folder, 'a.md'), 'not text');
    expect(await readText(folder)).toEqual(utf8('first second third'));
  });

  it('reads one file of any name', async () => {
    await writeFile(join(folder, 'book'), 'once upon');
    expect(await readText(join(folder, 'book'))).toEqual(utf8('once upon'));
  });

  it('is empty for a folder without text, and fails on a path without anything', async () => {
    await mkdir(join(folder, 'empty'));
    expect(await readText(join(folder, 'empty'))).toEqual(new Uint8Array(0));
    await expect(readText(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
