import { expect, test } from 'vitest';
import { appPath } from '#main/electron/app-url.ts';

test.each([
  ['millrace://app/', '/'],
  ['millrace://app/app.js', '/app.js'],
  ['millrace://app/app.js?v=1#top', '/app.js'],
  ['millrace://app/assets/../app.css', '/app.css'],
])('%s has the path %s', (url, path) => expect(appPath(url)).toBe(path));

test.each([
  'https://app/',
  'http://127.0.0.1/',
  'file:///etc/passwd',
  'millrace://evil/app.js',
  'millrace://app.evil.example/',
  'millrace://app:8080/',
  'millrace://owner@app/',
  'millraces://app/',
  'javascript:alert(1)',
  'data:text/html,hello',
  'about:blank',
  '',
  'nonsense',
])('%s is not ours', (url) => expect(appPath(url)).toBeNull());
