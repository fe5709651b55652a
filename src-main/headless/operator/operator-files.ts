import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '#protocol/errors.ts';
import { makeFolder } from '#main/core/make-folder.ts';
import { type Endpoint, readEndpointFile, writeEndpointFile } from '../endpoint-file.ts';

/** Where a process that runs workers or validators answers: one file for each, under its process id. */
const folderIn = (home: string): string => join(home, 'operators');

const NAME = /^\d{1,10}\.json$/;
/** Nobody runs more with one data folder; what is left behind is cleared away. */
const MAX_FILES = 256;

/** Writes the file of this process. Returns what removes it. @throws the error of the file system */
export function writeOperatorFile(home: string, endpoint: Endpoint): () => void {
  const path = join(folderIn(home), `${process.pid}.json`);
  makeFolder(folderIn(home), 0o700);
  writeEndpointFile(path, endpoint);
  return () => rmSync(path, { force: true });
}

export interface OperatorFile {
  readonly endpoint: Endpoint;
  /** For one whose process is gone. */
  remove(): void;
}

export function readOperatorFiles(home: string): readonly OperatorFile[] {
  return namesIn(folderIn(home)).flatMap((name) => {
    const path = join(folderIn(home), name);
    const endpoint = readEndpointFile(path);
    return endpoint === null ? [] : [{ endpoint, remove: () => rmSync(path, { force: true }) }];
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort()
      .slice(0, MAX_FILES);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
