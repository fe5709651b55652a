import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findElectron } from '../../scripts/setup/electron-places.mjs';

/** SwiftShader's Vulkan driver: what `loadedDrivers` finds where it is in use. */
export const SOFTWARE_GPU_DRIVER = 'libvk_swiftshader.so';

/**
 * The environment of a child process on Linux whose only GPU is SwiftShader, the one in software that Electron brings along,
 * with a Vulkan loader. For a child only: the dynamic linker reads LD_LIBRARY_PATH when a process starts.
 */
export function softwareGpuEnvironment(): NodeJS.ProcessEnv {
  const electron = findElectron();
  if (electron === undefined) throw new Error('Electron is not installed: run `npm test` or `npm start` once');
  const folder = dirname(electron);
  const driver = join(folder, 'vk_swiftshader_icd.json');
  for (const path of [driver, join(folder, SOFTWARE_GPU_DRIVER), join(folder, 'libvulkan.so.1')]) {
    if (!existsSync(path)) throw new Error(`This Electron has no ${path}`);
  }
  return {
    ...process.env,
    LD_LIBRARY_PATH: folder,
    // The name since Vulkan loader 1.3.207, and the one before it.
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
    ORT_DISABLE_TELEMETRY: '1',
  };
}

/** The same without any GPU. */
export function noGpuEnvironment(): NodeJS.ProcessEnv {
  const none = '/nonexistent.json';
  return { ...softwareGpuEnvironment(), VK_DRIVER_FILES: none, VK_ICD_FILENAMES: none };
}
