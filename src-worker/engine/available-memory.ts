import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** Where the numbers come from; an argument, so that every platform can be tested on any. */
export interface MemorySources {
  readonly platform: NodeJS.Platform;
  /** `null` when there is no such file. */
  readonly readText: (path: string) => string | null;
  readonly freeBytes: () => number;
  readonly totalBytes: () => number;
  /** Of libuv, e.g. `1.52.1`. */
  readonly libuvVersion: string;
}

/** From this version on libuv counts on macOS what the system gives back on demand; before, only what nobody has ever used. */
const LIBUV_KNOWS_MACOS = [1, 52] as const;

/**
 * Bytes of main memory that this process can still take before the system, or a limit on its container, refuses or kills it.
 * On Linux what the kernel calls available, and no more than what each control group above the process leaves: the runtime's
 * own number counts files that are only cached against the group. On macOS with an older runtime nobody knows: the whole
 * memory then, so that only what certainly does not fit is refused.
 */
export function availableMemory(sources: MemorySources = systemSources): number {
  const { platform, readText, freeBytes, totalBytes, libuvVersion } = sources;
  if (platform === 'darwin' && !isAtLeast(libuvVersion, LIBUV_KNOWS_MACOS)) return totalBytes();
  if (platform !== 'linux') return freeBytes();
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readText('/proc/meminfo') ?? '')?.[1];
  const free = kilobytes === undefined ? freeBytes() : 1024 * Number(kilobytes);
  return Math.max(0, Math.min(free, ...groupHeadrooms(readText)));
}

/** Files of a memory control group, by the version of the kernel's interface. */
const VERSION_1 = {
  root: '/sys/fs/cgroup/memory',
  ...{ limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', cached: /^total_inactive_file (\d+)$/m },
};
const VERSION_2 = {
  root: '/sys/fs/cgroup',
  ...{ limit: 'memory.max', usage: 'memory.current', cached: /^inactive_file (\d+)$/m },
};

/** What each group that the process is in, up to the topmost, still leaves; none where there is no limit. */
function groupHeadrooms(readText: MemorySources['readText']): readonly number[] {
  const headrooms: number[] = [];
  for (const line of (readText('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    const isMemory = controllers.split(',').includes('memory');
    if (path === '' || (!isMemory && controllers !== '')) continue;
    const files = isMemory ? VERSION_1 : VERSION_2;
    // In a container the path may be the host's, and only the root be there: then nothing but the root is found.
    const names = path.split('/').filter((name) => name !== '');
    for (let depth = names.length; depth >= 0; depth--) {
      const folder = [files.root, ...names.slice(0, depth)].join('/');
      const limit = Number.parseInt(readText(`${folder}/${files.limit}`) ?? '', 10); // "max": none
      const usage = Number.parseInt(readText(`${folder}/${files.usage}`) ?? '', 10);
      if (Number.isNaN(limit) || Number.isNaN(usage)) continue;
      const cached = Number(files.cached.exec(readText(`${folder}/memory.stat`) ?? '')?.[1] ?? 0);
      headrooms.push(limit - Math.max(0, usage - cached));
    }
  }
  return headrooms;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

const systemSources: MemorySources = {
  platform: process.platform,
  readText: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
  // Newer than `os.freemem` and on macOS not the same.
  freeBytes: () => (typeof process.availableMemory === 'function' ? process.availableMemory() : freemem()),
  totalBytes: totalmem,
  libuvVersion: process.versions.uv,
};
