import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

interface StaticFile {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface StaticFiles {
  /** `null` when there is no such file. @param path of the URL, e.g. `/app.js` */
  read(path: string): Promise<StaticFile | null>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

const MAX_FILES = 1000;

/**
 * Serves the files that lie in a folder now, and no others: a request is looked up in a list and never becomes a path, so that
 * no `..` and no link can lead out of it.
 */
export function openStaticFiles(folder: string): StaticFiles {
  const files = new Map<string, string>();
  for (const entry of listFolder(folder)) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      files.set(path.slice(folder.length).replaceAll('\\', '/'), path);
    }
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);

  return {
    read: async (path) => {
      const file = files.get(path);
      const contentType = file === undefined ? undefined : CONTENT_TYPES[extname(file)];
      if (file === undefined || contentType === undefined) return null;
      return { body: await readFile(file), contentType };
    },
  };
}

function listFolder(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).slice(0, MAX_FILES);
  } catch {
    // Not built: every page says so by its 404.
    return [];
  }
}
