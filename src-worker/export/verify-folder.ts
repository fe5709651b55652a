import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import {
  checkProvenance,
  EXPORT_FILES,
  isExportFile,
  isManifestFile,
  MANIFEST_FOLDER,
  MAX_EXPORTED_MANIFESTS,
  MAX_PROVENANCE_BYTES,
  type Provenance,
} from '#protocol/export/folder.ts';
import { readJsonFile } from '../weights/json-file.ts';

/** More than an export can have: what a hostile folder holds beyond is not even listed. */
const MAX_ENTRIES = MAX_EXPORTED_MANIFESTS + 100;

/** What a folder holds, looked at without following a link and without opening anything. */
export interface Listing {
  /** Regular files with a name that an export may have, and their sizes. */
  readonly files: ReadonlyMap<string, number>;
  /** Everything else, each in words. */
  readonly strange: readonly string[];
}

export async function listFolder(folder: string): Promise<Listing> {
  const files = new Map<string, number>();
  const strange: string[] = [];
  await listInto(folder, '', files, strange);
  return { files, strange };
}

async function listInto(folder: string, prefix: string, files: Map<string, number>, strange: string[]): Promise<void> {
  for await (const { name: plain } of await opendir(join(folder, prefix))) {
    const name = prefix + plain;
    if (files.size + strange.length >= MAX_ENTRIES) {
      strange.push(`more than ${MAX_ENTRIES} files: the rest was not looked at`);
      return;
    }
    const found = await lstat(join(folder, name));
    if (found.isSymbolicLink()) strange.push(`${quoted(name)} is a link, and links are not followed`);
    else if (found.isDirectory() && name === MANIFEST_FOLDER) await listInto(folder, `${name}/`, files, strange);
    else if (!found.isFile()) strange.push(`${quoted(name)} does not belong here`);
    else if (isExportFile(name) || name === EXPORT_FILES.provenance) files.set(name, found.size);
    else strange.push(`${quoted(name)} does not belong here`);
  }
}

const quoted = (name: string): string => JSON.stringify(name.length <= 80 ? name : `${name.slice(0, 79)}…`);

/** @throws ProtocolError that says what is wrong with the list */
export async function readProvenance(folder: string, { files }: Listing): Promise<Provenance> {
  if (!files.has(EXPORT_FILES.provenance)) {
    throw new ProtocolError(`${EXPORT_FILES.provenance} is missing: this is no export, or what is left of one`);
  }
  return checkProvenance(await readJsonFile(join(folder, EXPORT_FILES.provenance), MAX_PROVENANCE_BYTES));
}

/** What is missing, too much, or of another size than the list says. */
export function folderProblems(
  { files, strange }: Listing,
  listed: Provenance,
  withMomentum: boolean,
): readonly string[] {
  const problems: string[] = [];
  const { provenance, momentum, ...always } = EXPORT_FILES;
  const expected = new Set<string>(Object.values(always));
  if (withMomentum) expected.add(momentum);
  const named = new Map(listed.files.map((file) => [file.name, file]));
  for (const name of expected) if (!named.has(name)) problems.push(`${name} is not in ${provenance}`);
  if (![...named.keys()].some(isManifestFile)) problems.push(`${provenance} names no manifest`);
  for (const { name, sizeBytes } of named.values()) {
    const size = files.get(name);
    if (size === undefined) problems.push(`${name} is missing`);
    else if (size !== sizeBytes) problems.push(`${name} has ${size} bytes instead of ${sizeBytes}`);
    if (!expected.has(name) && !isManifestFile(name)) problems.push(`${name} does not belong to this run`);
  }
  for (const name of files.keys()) {
    if (!named.has(name) && name !== provenance) problems.push(`${name} is too much: ${provenance} does not name it`);
  }
  return [...problems, ...strange];
}

/** What went wrong with a file of unknown origin, in words; what is no fault of the file is thrown on. */
export function wordsOf(error: unknown): string {
  if (error instanceof ProtocolError) return errorMessage(error);
  throw error;
}
