import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A checkpoint that the Python libraries wrote. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/hugging-face/${name}`, import.meta.url));

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-weights-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The bytes of a safetensors file whose header says whatever the test wants. */
export function safetensorsBytes(header: string | object, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  for (let at = 0; at < dataBytes; at++) bytes[8 + text.length + at] = at % 251;
  return bytes;
}

/** Such a file on disk, in a folder that goes with the test; its path. */
export function safetensorsFile(header: string | object, dataBytes = 0, folder = temporaryFolder()): string {
  const path = join(folder, 'hostile.safetensors');
  writeFileSync(path, safetensorsBytes(header, dataBytes));
  return path;
}

/** A pipe of this name, in a folder that goes with the test; the folder. Nobody ever writes to it. */
export function folderWithPipe(name: string): string {
  const folder = temporaryFolder();
  execFileSync('mkfifo', [join(folder, name)]);
  return folder;
}
