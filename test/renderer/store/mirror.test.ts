import { describe, expect, it } from 'vitest';
import { stepMirror, type Mirror } from '#renderer/store/mirror.ts';
import { states } from '../fixtures/states.ts';

const mirror: Mirror = { sequence: 7, state: states.earning };

describe('stepMirror', () => {
  it('takes any snapshot, also one with a lower number after a restart of main', () => {
    expect(stepMirror(mirror, { kind: 'snapshot', sequence: 1, state: states.empty })).toEqual({
      kind: 'moved',
      mirror: { sequence: 1, state: states.empty },
    });
  });

  it('applies the next patch and leaves the other branches their identity', () => {
    const step = stepMirror(mirror, {
      kind: 'patch',
      sequence: 8,
      operations: [
        { op: 'replace', path: ['progress', 'step'], value: 18 },
        { op: 'add', path: ['notices', 0], value: { id: 'n', level: 'info', message: 'hello', atMs: 1 } },
      ],
    });
    if (step.kind !== 'moved') throw new Error(step.kind);
    expect(step.mirror.sequence).toBe(8);
    expect(step.mirror.state.progress?.step).toBe(18);
    expect(step.mirror.state.notices.map(({ id }) => id)).toEqual(['n']);
    expect(step.mirror.state.rounds).toBe(states.earning.rounds);
    expect(states.earning.progress?.step).toBe(17);
  });

  it('ignores a patch before the first snapshot and one that is already included', () => {
    const operations = [{ op: 'replace', path: ['version'], value: '9' }] as const;
    expect(stepMirror(null, { kind: 'patch', sequence: 1, operations })).toEqual({ kind: 'ignored' });
    expect(stepMirror(mirror, { kind: 'patch', sequence: 7, operations })).toEqual({ kind: 'ignored' });
  });

  it('reports a gap when a number is missing', () => {
    expect(stepMirror(mirror, { kind: 'patch', sequence: 9, operations: [] })).toEqual({ kind: 'gap' });
  });

  it('reports a gap when a patch does not fit the tree', () => {
    const operations = [{ op: 'replace', path: ['nowhere', 'deep', 'down'], value: 1 }] as const;
    expect(stepMirror(mirror, { kind: 'patch', sequence: 8, operations })).toEqual({ kind: 'gap' });
  });
});
