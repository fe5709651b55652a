// @ts-check
// The built app as its owner starts it: Playwright tells Electron to do without the system's keychain.
import { app } from 'electron';

for (const name of ['password-store', 'use-mock-keychain']) app.commandLine.removeSwitch(name);
await import(new URL('../../../dist/main.js', import.meta.url).href);
