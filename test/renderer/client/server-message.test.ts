import { describe, expect, it } from 'vitest';
import { parseServerMessage } from '#renderer/client/server-message.ts';
import { states } from '../fixtures/states.ts';

describe('parseServerMessage', () => {
  it.each([
    { kind: 'snapshot', sequence: 0, state: states.earning },
    { kind: 'patch', sequence: 5, operations: [{ op: 'remove', path: ['notices', 0] }] },
    { kind: 'reply', id: 3, reply: { ok: true } },
    { kind: 'reply', id: 3, reply: { ok: false, code: 'USAGE', message: 'no' } },
  ])('reads back a $kind', (message) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each([
    ['a negative number', { kind: 'patch', sequence: -1, operations: [] }],
    ['a broken number', { kind: 'patch', sequence: 1.5, operations: [] }],
    ['an unknown operation', { kind: 'patch', sequence: 1, operations: [{ op: 'move', path: [] }] }],
    ['a snapshot without a state', { kind: 'snapshot', sequence: 1, state: null }],
    ['a refusal without a reason', { kind: 'reply', id: 1, reply: { ok: false } }],
    ['a list', []],
  ])('refuses %s', (_what, message) => {
    expect(parseServerMessage(JSON.stringify(message))).toBeNull();
  });
});
