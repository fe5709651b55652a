import { describe, expect, it } from 'vitest';
import { describeFailures } from '#worker/blobs/describe-failures.ts';

const missing = (n: number) => ({ address: `/a/${n}`, code: 'BLOB_MISSING' as const, message: 'It does not have it' });
const away = { address: '/a/9', code: 'PEER_UNREACHABLE' as const, message: 'Nobody listens' };

describe('who was asked for a blob', () => {
  it('is told by what they answered, with a few of them by address', () => {
    expect(describeFailures([])).toBe('Nobody to ask.');
    expect(describeFailures([missing(1), away])).toBe(
      'Asked 2: 1 answered BLOB_MISSING (/a/1: It does not have it); 1 answered PEER_UNREACHABLE (/a/9: Nobody listens)',
    );
    const many = Array.from({ length: 70 }, (_, n) => missing(n));
    expect(describeFailures(many)).toMatch(
      /^Asked 70: 70 answered BLOB_MISSING \(.*\/a\/2: It does not have it and 67 more\)$/,
    );
  });
});
