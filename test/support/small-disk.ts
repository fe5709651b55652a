import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0;

/** A disk of a few MiB of its own, in memory; `null`, with a word on stderr, where this process may not mount one. */
export function mountSmallDisk(sizeMiB: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  if (mount('-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path)) return new SmallDisk(path);
  rmSync(path, { recursive: true });
  process.stderr.write('No disk can be mounted here (that takes root): full and read-only disks are not tested.\n');
  return null;
}

class SmallDisk {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** To the last byte. */
  fill(): void {
    const piece = new Uint8Array(4096);
    for (let n = 0; ; n += 1) {
      try {
        writeFileSync(join(this.path, `filler-${n}`), piece);
      } catch {
        return;
      }
    }
  }

  /** Undoes `fill`. */
  free(): void {
    spawnSync('find', [this.path, '-name', 'filler-*', '-delete']);
  }

  lock(): void {
    if (!mount('-o', 'remount,ro', this.path)) throw new Error('The disk cannot be locked');
  }

  unlock(): void {
    mount('-o', 'remount,rw', this.path);
  }

  unmount(): void {
    spawnSync('umount', [this.path]);
    rmSync(this.path, { recursive: true });
  }
}
