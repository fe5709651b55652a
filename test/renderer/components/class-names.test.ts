import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bind } from '#renderer/components/class-names.ts';

const ROOT = join(import.meta.dirname, '../../../src-renderer');

const classesOf = (css: string): ReadonlySet<string> =>
  new Set([...css.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/gi)].map((match) => match[1] ?? ''));

describe('bind', () => {
  it('joins the names and leaves false and null out', () => {
    const cx = bind({ card: 'c1', open: 'c2' });
    expect(cx('card', false, null, 'open')).toBe('c1 c2');
  });

  it('refuses a name that the style sheet does not have', () => {
    expect(() => bind({ card: 'c1' })('crad')).toThrow('No class "crad"');
  });
});

describe('style sheets', () => {
  const components = globSync('**/*.tsx', { cwd: ROOT }).flatMap((path) => {
    const source = readFileSync(join(ROOT, path), 'utf8');
    const sheet = /import styles from '(.+\.module\.css)'/.exec(source)?.[1];
    return sheet === undefined ? [] : [{ path, source, sheet: join(ROOT, dirname(path), sheet) }];
  });

  it.each(components)('$path names only classes that its style sheet has', ({ source, sheet }) => {
    const classes = classesOf(readFileSync(sheet, 'utf8'));
    const calls = [...source.matchAll(/\bcx\(([^()]*)\)/g)].map((match) => match[1] ?? '');
    // `page === 'x'` compares with a value; every other quoted word is a class.
    const names = calls.flatMap((call) => [...call.matchAll(/(?<![!=]==? )'(\w+)'/g)].map((match) => match[1] ?? ''));
    expect(names.filter((name) => !classes.has(name))).toEqual([]);
  });
});
