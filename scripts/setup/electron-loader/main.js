// @ts-check
// Lets `electron FOLDER …` start the app in FOLDER, as the stock default app does: the registry's Electron has none.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

// `-r FILE` runs before the app. Playwright holds back the app's start in this way until it is watching.
const option = process.argv.indexOf('-r');
const [, preloaded] = option === -1 ? [] : process.argv.splice(option, 2);
if (preloaded !== undefined) createRequire(import.meta.url)(preloaded);

const folder = resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.');
const text = readFileSync(join(folder, 'package.json'), 'utf8');
/** @type {unknown} */
const parsed = JSON.parse(text);
const manifest = /** @type {{ name: string, version: string, main: string }} */ (parsed);
// The two that Electron does not document are how its own default app does it.
const shell = /** @type {import('electron').App & Record<'setVersion' | 'setAppPath', (text: string) => void>} */ (app);
shell.setName(manifest.name);
shell.setVersion(manifest.version);
shell.setAppPath(folder);
await import(pathToFileURL(join(folder, manifest.main)).href);
