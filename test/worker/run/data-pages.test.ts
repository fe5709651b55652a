import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_PAGE_BYTES, type RunSpec } from '#protocol/run-spec.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { pageBytes, smallRun } from '../../support/small-run.ts';

const PAGES = 34;
const request = { from: ['/m/1'], signal: new AbortController().signal };
const hashes = Array.from({ length: PAGES }, (_, page) => pageBytes(page));

describe('data pages', () => {
  let blobs: MemoryBlobs;
  let spec: RunSpec;
  beforeEach(() => {
    blobs = createMemoryBlobs();
    const pages = hashes.map((bytes) => ({ hash: blobs.put(bytes), sizeBytes: bytes.length }));
    spec = { ...smallRun, data: { ...smallRun.data, pages } };
  });
  const first = (page: number) => ({ page, offset: 0 });
  const askedPages = () => blobs.asked.map(({ hash }) => spec.data.pages.findIndex((page) => page.hash === hash));

  it('give the tokens of each window, row after row', async () => {
    const windows = [
      { page: 2, offset: 5 },
      { page: 0, offset: 0 },
      { page: 2, offset: pageBytes(2).length - 9 },
    ];
    const rows = windows.map(({ page, offset }) => [...pageBytes(page).subarray(offset, offset + 9)]);
    expect(await createDataPages(spec, blobs).tokens(windows, request)).toEqual(Int32Array.from(rows.flat()));
    expect(blobs.asked).toEqual(
      [2, 0].map((page) => ({ hash: spec.data.pages[page]!.hash, from: ['/m/1'], maxBytes: MAX_PAGE_BYTES })),
    );
  });

  it('keep the 32 pages that were used last', async () => {
    const pages = createDataPages(spec, blobs);
    const use = (...numbers: readonly number[]) => pages.tokens(numbers.map(first), request);
    const upTo32 = Array.from({ length: 32 }, (_, page) => page);
    await use(...upTo32);
    await use(0); // used again: now page 1 is the oldest
    await use(32);
    expect(askedPages()).toEqual([...upTo32, 32]);
    await use(0, 2, 31, 32);
    expect(askedPages(), 'those are still there').toHaveLength(33);
    await use(1);
    expect(askedPages().slice(33), 'this one is not').toEqual([1]);
  });

  it('refuse a page of another size than the run says, each time', async () => {
    const shorter = { hash: blobs.put(new Uint8Array(99)), sizeBytes: 100 };
    const pages = createDataPages({ ...spec, data: { ...spec.data, pages: [shorter] } }, blobs);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(pages.tokens([first(0)], request)).rejects.toMatchObject({
        code: 'PROTOCOL',
        message: 'Page 0 has 99 bytes, the run says 100',
      });
    }
  });

  it('say which blob is missing, and ask again later', async () => {
    const pages = createDataPages(spec, blobs);
    const { hash } = spec.data.pages[3]!;
    blobs.remove(hash);
    await expect(pages.tokens([first(3)], request)).rejects.toMatchObject({
      code: 'BLOB_MISSING',
      message: expect.stringContaining(hash) as string,
    });
    blobs.put(pageBytes(3));
    expect(await pages.tokens([first(3)], request)).toEqual(Int32Array.from(pageBytes(3).subarray(0, 9)));
  });

  it('know no page beyond the run', async () => {
    await expect(createDataPages(spec, blobs).tokens([first(PAGES)], request)).rejects.toThrow('no page 34');
  });
});
