import type { RelaunchOptions } from 'electron';

/**
 * How the app starts itself anew. An AppImage is started by its own path: what it runs lies in a mount that ends with it.
 * @param argv of this process
 */
export function relaunchOptions(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
): RelaunchOptions {
  const appImage = env['APPIMAGE'];
  return { args: argv.slice(1), ...(appImage === undefined ? {} : { execPath: appImage }) };
}
