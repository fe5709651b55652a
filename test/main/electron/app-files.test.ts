import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answerAppRequest } from '#main/electron/app-files.ts';
import { openStaticFiles } from '#main/core/static-files.ts';
import { temporaryHome } from '../temporary-home.ts';

function rendererFolder(): string {
  const home = temporaryHome();
  writeFileSync(join(home, 'secret.json'), '{}');
  const folder = join(home, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets/icon.svg'), '<svg/>');
  writeFileSync(join(folder, 'notes.exe'), 'MZ');
  return folder;
}

const get = (url: string, method = 'GET') => answerAppRequest(openStaticFiles(rendererFolder()), { method, url });

test.each([
  ['millrace://app/', '<!doctype html>', 'text/html; charset=utf-8'],
  ['millrace://app/index.html', '<!doctype html>', 'text/html; charset=utf-8'],
  ['millrace://app/assets/icon.svg', '<svg/>', 'image/svg+xml'],
])('serves %s', async (url, body, contentType) => {
  const response = await get(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(contentType);
  expect(await response.text()).toBe(body);
});

test.each([
  'millrace://app/missing.js',
  'millrace://app/assets',
  'millrace://app/../secret.json',
  'millrace://app/%2e%2e/secret.json',
  'millrace://app/..%2fsecret.json',
  'millrace://app//index.html',
  'millrace://app/index.html/',
  'millrace://app/notes.exe',
  'millrace://other/index.html',
  'file:///etc/passwd',
])('answers 404 for %s', async (url) => {
  expect((await get(url)).status).toBe(404);
});

test('answers 404 to whatever is not a GET', async () => {
  expect((await get('millrace://app/', 'POST')).status).toBe(404);
});

test.each(['millrace://app/', 'millrace://app/missing.js'])('sends the strict headers with %s', async (url) => {
  const { headers } = await get(url);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
