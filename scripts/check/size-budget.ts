import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const maxLines = 400;

const folders = ['src-protocol', 'src-worker', 'src-network', 'src-main', 'src-renderer', 'scripts', 'test'];
const handWritten = /\.(ts|tsx|js|mjs|cjs|css|html)$/;
const generated = /^test[\\/](fixtures|e2e[\\/]shots)[\\/]/;

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One line of complaint for each file that is too long to be read in one sitting. */
export function overBudget(files: ReadonlyArray<SourceFile>): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = lineCount(text);
    return lines > maxLines ? [`${path} has ${lines} lines; the budget is ${maxLines}. Split it by idea.`] : [];
  });
}

function lineCount(text: string): number {
  const newlines = text.split('\n').length - 1;
  return text === '' || text.endsWith('\n') ? newlines : newlines + 1;
}

/** All source files under `root` that a person wrote. */
export function readSources(root: string): SourceFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => handWritten.test(path) && !generated.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
