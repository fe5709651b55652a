import { join } from 'node:path';
import { readSmallFile, writePrivateFile } from '#main/core/private-file.ts';
import type { WindowState } from './window-state.ts';

const MAX_FILE_BYTES = 4096;

export interface WindowStateFile {
  /** Unchecked; `null` when there is none or it cannot be read. */
  load(): unknown;
  save(state: WindowState): void;
}

/** `window.json` in the home folder. Where the window stood is not worth an error: without it the default place will do. */
export function windowStateFile(home: string, onFailure: (error: unknown) => void): WindowStateFile {
  const path = join(home, 'window.json');
  let written: string | null = null;
  return {
    load: () => {
      try {
        return JSON.parse(readSmallFile(path, MAX_FILE_BYTES) ?? 'null') as unknown;
      } catch (error) {
        onFailure(error);
        return null;
      }
    },
    save: (state) => {
      const text = JSON.stringify(state);
      if (text === written) return;
      try {
        writePrivateFile(path, text);
        written = text;
      } catch (error) {
        onFailure(error);
      }
    },
  };
}
