import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { basename, join } from 'node:path';

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
export const driverVersions = (files: readonly string[]): Promise<readonly string[]> =>
  fileVersions(driverLibraries(files));

/** The same of whatever files. */
export async function fileVersions(files: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(files.map(versionOf))).sort();
}

/** Where Linux lists the Vulkan drivers that are installed; what they load follows only once they are. */
const VULKAN_LISTS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Files and folders that change when another driver is installed, known also before any was loaded: a driver may end the process
 * while it is loaded for the first time.
 */
export async function installedDrivers(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly string[]> {
  // macOS: no file of that name, and then the version of the system stands for it.
  if (platform === 'darwin') return ['drivers of macOS'];
  if (platform === 'win32')
    return [join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository')];
  const named = [env['VK_DRIVER_FILES'], env['VK_ICD_FILENAMES']].flatMap((list) => list?.split(':') ?? []);
  const lists = named.length > 0 ? [[...new Set(named)]] : await Promise.all(VULKAN_LISTS.map(filesIn));
  return lists.flat().filter((file) => existsSync(file));
}

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).map((name) => join(folder, name));

async function versionOf(file: string): Promise<string> {
  const name = basename(file.replaceAll('\\', '/'));
  try {
    const { size, mtimeMs } = await stat(file);
    return `${name}:${size}:${mtimeMs}`;
  } catch {
    return `${name}:${release()}`; // macOS keeps its own in one cache without files: they change with the system
  }
}
