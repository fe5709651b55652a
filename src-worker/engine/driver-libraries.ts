import { stat } from 'node:fs/promises';
import { release } from 'node:os';
import { basename } from 'node:path';

const DRIVER_LIBRARY =
  /vulkan|libvk_|libGLX|libnvidia|libdrm|amdgpu|nvoglv|amdvlk|igvk|d3d12|dxcore|Metal|cuda|cudnn|cublas|DirectML|CoreML/i;

/** The files of all libraries that this process has loaded so far. */
export function loadedLibraries(): readonly string[] {
  // Else it asks name servers who our peers are, and blocks until they answer.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  return report.sharedObjects ?? [];
}

/** Those files that are libraries of drivers. */
export const driverLibraries = (files: readonly string[]): readonly string[] =>
  files.filter((file) => DRIVER_LIBRARY.test(basename(file.replaceAll('\\', '/'))));

/**
 * What tells a driver from the same one after an update: name, size and time of change of each of its libraries.
 * @param files of libraries, also of others than drivers
 */
export async function driverVersions(files: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(driverLibraries(files).map(versionOf))).sort();
}

async function versionOf(file: string): Promise<string> {
  const name = basename(file.replaceAll('\\', '/'));
  try {
    const { size, mtimeMs } = await stat(file);
    return `${name}:${size}:${mtimeMs}`;
  } catch {
    return `${name}:${release()}`; // macOS keeps its own in one cache without files: they change with the system
  }
}
