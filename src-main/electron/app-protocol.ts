import { protocol } from 'electron';
import type { StaticFiles } from '#main/core/static-files.ts';
import { answerAppRequest } from './app-files.ts';
import { APP_SCHEME } from './app-url.ts';

/** Must run before Electron is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the renderer's files and nothing else. */
export function serveApp(files: StaticFiles): void {
  protocol.handle(APP_SCHEME, (request) => answerAppRequest(files, request));
}
