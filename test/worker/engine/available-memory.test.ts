import { expect, test } from 'vitest';
import { availableMemory, type MemorySources } from '#worker/engine/available-memory.ts';

const MIB = 2 ** 20;
const MEMINFO = 'MemTotal:       8000000 kB\nMemFree:         100000 kB\nMemAvailable:   2048000 kB\nBuffers: 1 kB\n';

const sources = (change: Partial<MemorySources>, files: Readonly<Record<string, string>> = {}): MemorySources => ({
  ...{ platform: 'linux', libuvVersion: '1.46.0', freeBytes: () => 300 * MIB, totalBytes: () => 8000 * MIB },
  readText: (path) => files[path] ?? null,
  ...change,
});

/** A group of the unified hierarchy. */
const group = (path: string, limit: string, usage: number, cached: number): Readonly<Record<string, string>> => ({
  [`/sys/fs/cgroup${path}/memory.max`]: `${limit}\n`,
  [`/sys/fs/cgroup${path}/memory.current`]: `${usage}\n`,
  [`/sys/fs/cgroup${path}/memory.stat`]: `anon 5\ninactive_file ${cached}\nactive_file 7\n`,
});

test('is on Linux what the kernel calls available, not what nobody has used', () => {
  expect(availableMemory(sources({}, { '/proc/meminfo': MEMINFO }))).toBe(2_048_000 * 1024);
});

test('is the runtime’s number on a Linux that says nothing', () => {
  expect(availableMemory(sources({}))).toBe(300 * MIB);
});

test('is no more than the group leaves, with files that are only cached as free', () => {
  const own = '/user.slice/app.scope';
  const files = {
    ...{ '/proc/meminfo': MEMINFO, '/proc/self/cgroup': `0::${own}\n` },
    ...group(own, String(600 * MIB), 500 * MIB, 150 * MIB),
    ...group('/user.slice', 'max', 3000 * MIB, 0),
  };
  expect(availableMemory(sources({}, files))).toBe(250 * MIB);
});

test('is no more than a group above leaves', () => {
  const files = {
    ...{ '/proc/meminfo': MEMINFO, '/proc/self/cgroup': '0::/pod/container\n' },
    ...group('/pod/container', 'max', 10 * MIB, 0),
    ...group('/pod', String(400 * MIB), 330 * MIB, 30 * MIB),
  };
  expect(availableMemory(sources({}, files))).toBe(100 * MIB);
});

test('finds the container’s own root where the path is the host’s', () => {
  const files = {
    ...{ '/proc/meminfo': MEMINFO, '/proc/self/cgroup': '0::/docker/0123abc\n' },
    ...group('', String(512 * MIB), 112 * MIB, 0),
  };
  expect(availableMemory(sources({}, files))).toBe(400 * MIB);
});

test('reads the older groups too, whose other hierarchies say nothing of memory', () => {
  const folder = '/sys/fs/cgroup/memory/job/7';
  const files = {
    '/proc/meminfo': MEMINFO,
    '/proc/self/cgroup': '9:name=systemd:/x\n4:cpu,cpuacct:/y\n3:memory:/job/7\n0::/\n',
    [`${folder}/memory.limit_in_bytes`]: `${300 * MIB}\n`,
    [`${folder}/memory.usage_in_bytes`]: `${250 * MIB}\n`,
    [`${folder}/memory.stat`]: `inactive_file 1\ntotal_inactive_file ${20 * MIB}\n`,
  };
  expect(availableMemory(sources({}, files))).toBe(70 * MIB);
});

test('is never below nothing', () => {
  const files = { '/proc/self/cgroup': '0::/\n', ...group('', String(100 * MIB), 120 * MIB, 0) };
  expect(availableMemory(sources({}, files))).toBe(0);
});

test('is the runtime’s number on Windows, and on macOS where the runtime knows it', () => {
  expect(availableMemory(sources({ platform: 'win32' }))).toBe(300 * MIB);
  expect(availableMemory(sources({ platform: 'darwin', libuvVersion: '1.52.0' }))).toBe(300 * MIB);
});

test('is the whole memory on macOS where the runtime would count only what was never used', () => {
  expect(availableMemory(sources({ platform: 'darwin' }))).toBe(8000 * MIB);
});

test('is a plausible number on this machine', () => {
  const bytes = availableMemory();
  expect(bytes).toBeGreaterThan(50 * MIB);
  expect(Number.isSafeInteger(bytes)).toBe(true);
});
