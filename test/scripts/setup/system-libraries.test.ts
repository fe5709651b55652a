import { expect, test } from 'vitest';
import { missingLibraries } from '../../../scripts/setup/system-libraries.mjs';

test('names the libraries that the loader does not find, and no other', () => {
  const output = [
    '\tlinux-vdso.so.1 (0x00007ffd8b5f2000)',
    '\tlibffmpeg.so => /x/libffmpeg.so (0x00007f3c1a200000)',
    '\tlibgtk-3.so.0 => not found',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f3c19e00000)',
    '\tlibgbm.so.1 => not found',
  ].join('\n');
  expect(missingLibraries(output)).toEqual(['libgtk-3.so.0', 'libgbm.so.1']);
});

test('finds nothing missing where nothing is', () => {
  expect(missingLibraries('\tlibc.so.6 => /lib/libc.so.6 (0x0000)\n\tstatically linked')).toEqual([]);
});
