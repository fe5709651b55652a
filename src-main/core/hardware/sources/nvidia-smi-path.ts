import type { HardwareDeps } from '../ports.ts';

/** The store keeps a folder for every driver ever installed; a handful of them can be NVIDIA's. */
const MAX_STORE_CANDIDATES = 8;

export function windowsFolder(env: HardwareDeps['env']): string {
  return env['SystemRoot'] ?? env['WINDIR'] ?? env['windir'] ?? 'C:\\Windows';
}

/**
 * Where nvidia-smi may be, best first. Drivers before about 2022, and some laptop drivers, leave it only in the
 * DriverStore, beside those of older drivers; one of another version than the loaded driver answers with an error, so
 * the caller tries on.
 */
export async function* nvidiaSmiCandidates(deps: HardwareDeps): AsyncGenerator<string> {
  if (deps.platform === 'darwin') return;
  if (deps.platform !== 'win32') {
    yield 'nvidia-smi';
    return;
  }
  const system32 = `${windowsFolder(deps.env)}\\System32`;
  yield `${system32}\\nvidia-smi.exe`;
  const store = `${system32}\\DriverStore\\FileRepository`;
  let folders: readonly string[];
  try {
    folders = await deps.listDirectory(store);
  } catch {
    return; // Not readable: there is nothing more to try.
  }
  const nvidia = folders.filter((folder) => /^nv.*\.inf_(amd|arm)64_/i.test(folder));
  for (const folder of nvidia.slice(0, MAX_STORE_CANDIDATES)) yield `${store}\\${folder}\\nvidia-smi.exe`;
}
