import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Endpoint, readEndpointFile, writeEndpointFile } from './endpoint-file.ts';

/** Where the dashboard of a running Millrace is. */
const pathIn = (home: string): string => join(home, 'dashboard.json');

export const writeDashboardFile = (home: string, endpoint: Endpoint): void => writeEndpointFile(pathIn(home), endpoint);

export const removeDashboardFile = (home: string): void => rmSync(pathIn(home), { force: true });

/** `null` when there is none, or none that makes sense. */
export const readDashboardFile = (home: string): Endpoint | null => readEndpointFile(pathIn(home));
