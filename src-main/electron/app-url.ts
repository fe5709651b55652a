/** The renderer has an origin of its own instead of `file://`, which may read every file. */
export const APP_SCHEME = 'millrace';
const APP_HOST = 'app';
export const APP_URL = `${APP_SCHEME}://${APP_HOST}/`;

/** The path of one of our own addresses, e.g. `/app.js`; `null` for any other. It is only ever looked up, never resolved. */
export function appPath(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, username, password, pathname } = new URL(url);
  const isOurs = protocol === `${APP_SCHEME}:` && host === APP_HOST && username === '' && password === '';
  return isOurs ? pathname : null;
}

export const isAppUrl = (url: string): boolean => appPath(url) !== null;
