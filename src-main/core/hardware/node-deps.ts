import { open, readdir } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { cpu, graphics, mem } from 'systeminformation';
import { MillraceError } from '#protocol/errors.ts';
import type { HardwareDeps } from './ports.ts';
import { runCommand } from './run-command.ts';

/** Reads to the end, not to the size that the file states: sysfs states one page for everything. */
async function readCapped(path: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(maxBytes + 1, 64 * 1024));
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
      sizeBytes += bytesRead;
      if (sizeBytes > maxBytes) throw new MillraceError('PROTOCOL', `${path} is larger than ${maxBytes} bytes.`);
      chunks.push(Buffer.from(buffer.subarray(0, bytesRead)));
    }
  } finally {
    await file.close();
  }
}

/** The machine itself. */
export function createNodeHardwareDeps(): HardwareDeps {
  return {
    platform: process.platform,
    env: process.env,
    nowMs: () => Date.now(),
    run: runCommand,
    readFile: (path, { maxBytes, signal }) => readCapped(path, maxBytes, signal),
    listDirectory: (path) => readdir(path),
    systemInformation: { graphics, cpu, mem },
    runtime: {
      cpuName: cpus()[0]?.model.trim() ?? 'unknown processor',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
  };
}
