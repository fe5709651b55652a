import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MemoryCase } from './memory-child.ts';

/** What main gives its children (src-main/headless/child-process-host.ts). */
const KEEP_FREED_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: '2000000000',
  MALLOC_TRIM_THRESHOLD_: '2000000000',
};

/** Most resident memory of a process that does nothing but train this shard. */
export async function measureMemory(given: MemoryCase): Promise<number> {
  const child = fork(join(import.meta.dirname, 'memory-child.ts'), { env: { ...process.env, ...KEEP_FREED_MEMORY } });
  const replied = Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The process that trains ended with ${String(code)} and said nothing`);
    }),
  ]);
  try {
    child.send(given);
    const [peakBytes] = (await replied) as [number];
    return peakBytes;
  } finally {
    child.kill();
  }
}
