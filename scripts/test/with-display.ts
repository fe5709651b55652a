/** The command line that runs `command` with a screen: the one that is there, else one in memory. */
export function withDisplay(
  command: ReadonlyArray<string>,
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyArray<string> {
  if (platform !== 'linux' || env['DISPLAY']) return command;
  return ['xvfb-run', '--auto-servernum', '--server-args=-screen 0 1440x1000x24', ...command];
}
