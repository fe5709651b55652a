import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startPeer } from '#worker/peer/node.ts';
import { loadPeerSeed } from '#worker/peer/peer-key.ts';
import { testFolder } from './test-peers.ts';

const silent = (): void => undefined;

describe('the key of a peer', () => {
  it('is made once, for its owner only, and is the same at the next start', async () => {
    const dataDir = join(await testFolder(), 'not', 'there', 'yet');
    const seed = await loadPeerSeed({ dataDir, warn: silent });
    expect(seed.length).toBe(32);
    expect((await stat(join(dataDir, 'peer-key'))).mode & 0o777).toBe(0o600);
    expect(await loadPeerSeed({ dataDir, warn: silent })).toEqual(seed);
    expect(await readdir(dataDir)).toEqual(['peer-key']);
  });

  it('differs from node to node', async () => {
    const seeds = await Promise.all([
      loadPeerSeed({ dataDir: await testFolder(), warn: silent }),
      loadPeerSeed({ dataDir: await testFolder(), warn: silent }),
    ]);
    expect(seeds[0]).not.toEqual(seeds[1]);
  });

  it('gives the same peer id after a restart', async () => {
    const dataDir = await testFolder();
    const start = async (): Promise<string> => {
      const seed = await loadPeerSeed({ dataDir, warn: silent });
      const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed, warn: silent });
      await peer.stop();
      return peer.peerId;
    };
    expect(await start()).toBe(await start());
  });

  it('is closed to others again when someone has opened its file', async () => {
    const dataDir = await testFolder();
    await loadPeerSeed({ dataDir, warn: silent });
    await chmod(join(dataDir, 'peer-key'), 0o644);
    await loadPeerSeed({ dataDir, warn: silent });
    expect((await stat(join(dataDir, 'peer-key'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['empty', ''],
    ['cut', 'ab'.repeat(31)],
    ['not hex', 'z'.repeat(64)],
  ])('is made anew when its file is %s, which is set aside with a warning', async (_what, text) => {
    const dataDir = await testFolder();
    await writeFile(join(dataDir, 'peer-key'), text);
    const warn = vi.fn<(message: string) => void>();
    const seed = await loadPeerSeed({ dataDir, warn });
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('damaged'));
    expect(await readFile(join(dataDir, 'peer-key.damaged'), 'utf8')).toBe(text);
    expect(await loadPeerSeed({ dataDir, warn })).toEqual(seed);
    expect(warn).toHaveBeenCalledOnce();
  });
});
