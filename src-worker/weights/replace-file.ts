import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** Writes a file beside its place, and moves it there once it is whole and on disk. A failure leaves the old file. */
export async function replaceFile(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
  mode = 0o666,
): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // Why it failed matters more than why the rest of it stays.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Makes sure that what was made, moved or removed in a folder stays so when the power fails. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is durable enough.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
