import { SECURITY_HEADERS } from '#main/core/content-security.ts';
import type { StaticFiles } from '#main/core/static-files.ts';
import { appPath } from './app-url.ts';

/** A file of the renderer, or 404 with the same strict headers. */
export async function answerAppRequest(
  files: StaticFiles,
  { method, url }: { readonly method: string; readonly url: string },
): Promise<Response> {
  const path = method === 'GET' || method === 'HEAD' ? appPath(url) : null;
  const file = path === null ? null : await files.read(path);
  if (file === null) return new Response('Not found\n', { status: 404, headers: SECURITY_HEADERS });
  const headers = { ...SECURITY_HEADERS, 'Content-Type': file.contentType };
  return new Response(file.body as Uint8Array<ArrayBuffer>, { headers });
}
