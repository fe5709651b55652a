import { join } from 'node:path';
import * as v from 'valibot';
import { settingsPatchSchema, type CommandPayload } from '#protocol/contract/commands.ts';
import { DEFAULT_SETTINGS, type Settings } from '#protocol/contract/state.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { moveAside, readSmallFile, writePrivateFile } from './private-file.ts';

const MAX_SETTINGS_BYTES = 64 * 1024;

/** As a settings patch, but keys that this version does not know are dropped instead of refused. */
const settingsFileSchema = v.pipe(
  v.custom<object>((value) => !Array.isArray(value), 'an array'),
  v.object(settingsPatchSchema.entries),
);

export interface LoadedSettings {
  readonly settings: Settings;
  /** Where a damaged file was moved to; `null` when all is well. */
  readonly damagedPath: string | null;
}

/**
 * Reads `home/settings.json`. A damaged file is moved aside and the defaults hold.
 * @throws MillraceError SETTINGS when the disk refuses
 */
export function loadSettings(home: string, nowMs: number): LoadedSettings {
  const path = settingsPath(home);
  try {
    const settings = parseSettings(path);
    if (settings !== null) return { settings, damagedPath: null };
    return { settings: DEFAULT_SETTINGS, damagedPath: moveAside(path, nowMs) };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** For a look only: a damaged file stays where it is, and the defaults hold. @throws MillraceError SETTINGS when the disk refuses */
export function readSettings(home: string): Settings {
  try {
    return parseSettings(settingsPath(home)) ?? DEFAULT_SETTINGS;
  } catch (cause) {
    throw unreadable(settingsPath(home), cause);
  }
}

/** @throws MillraceError SETTINGS when the disk refuses; the old file is then intact */
export function saveSettings(home: string, settings: Settings): void {
  const path = settingsPath(home);
  try {
    writePrivateFile(path, `${JSON.stringify(settings, null, 2)}\n`);
  } catch (cause) {
    throw new MillraceError('SETTINGS', `The settings could not be saved to ${path}: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

/** Keys that are absent from the patch stay as they are. */
export function mergeSettings(settings: Settings, patch: CommandPayload<'settings.update'>): Settings {
  return {
    theme: patch.theme ?? settings.theme,
    startOnLaunch: patch.startOnLaunch ?? settings.startOnLaunch,
    cpuThreads: patch.cpuThreads === undefined ? settings.cpuThreads : patch.cpuThreads,
    workShare: patch.workShare ?? settings.workShare,
    diskGiB: patch.diskGiB ?? settings.diskGiB,
    closeToTray: patch.closeToTray ?? settings.closeToTray,
    chain: patch.chain ?? settings.chain,
    customEndpoints: patch.customEndpoints ?? settings.customEndpoints,
    netuid: patch.netuid === undefined ? settings.netuid : patch.netuid,
  };
}

const unreadable = (path: string, cause: unknown): MillraceError =>
  new MillraceError('SETTINGS', `The settings in ${path} cannot be read: ${errorMessage(cause)}`, { cause });

const settingsPath = (home: string): string => join(home, 'settings.json');

/** `null`: damaged. */
function parseSettings(path: string): Settings | null {
  let stored: unknown;
  try {
    const text = readSmallFile(path, MAX_SETTINGS_BYTES);
    if (text === null) return DEFAULT_SETTINGS;
    stored = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
  const parsed = v.safeParse(settingsFileSchema, stored);
  if (!parsed.success) return null;
  const settings = mergeSettings(DEFAULT_SETTINGS, parsed.output);
  return settings.chain === 'custom' && settings.customEndpoints.length === 0 ? null : settings;
}
