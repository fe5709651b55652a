import { describe, expect, it } from 'vitest';
import type { PageTask } from '#protocol/contract/extension-page.ts';
import { endOf, isRefusal, nextView, type PageView } from '#renderer/extension-page/page-view.ts';

const task: PageTask = { id: 'one', expiresAtMs: 1, kind: 'connect' };
const open = nextView({ kind: 'loading' }, { kind: 'loaded', task, found: [] });

describe('the page that speaks with extensions', () => {
  it('waits for its owner once it knows what is asked', () => {
    expect(open).toEqual({ kind: 'open', task, found: [], step: { kind: 'owner' }, problem: null });
  });

  it('forgets a problem when its owner tries again', () => {
    const failed = nextView(open, { kind: 'problem', words: 'locked' });
    expect(failed).toMatchObject({ problem: 'locked', step: { kind: 'owner' } });
    const again = nextView(failed, { kind: 'step', step: { kind: 'extension', words: 'asking' } });
    expect(again).toMatchObject({ problem: null, step: { kind: 'extension' } });
  });

  it('stays over, whatever comes late', () => {
    const over: PageView = nextView(open, { kind: 'over', end: 'expired' });
    expect(nextView(over, { kind: 'over', end: 'signed' })).toBe(over);
    expect(nextView(over, { kind: 'problem', words: 'late' })).toBe(over);
  });

  it('tells by Millrace’s last word how it ended', () => {
    expect(endOf({ kind: 'moved' })).toBe('moved');
    expect(endOf({ kind: 'ended', end: 'expired' })).toBe('expired');
    expect(endOf({ kind: 'ended', end: 'refused' }), 'also when its own no was not taken yet').toBe('refused');
  });

  it('knows a no by the words of the extensions', () => {
    for (const words of ['Cancelled', 'Rejected by user', 'User rejected request', 'Request denied'])
      expect(isRefusal(words)).toBe(true);
    for (const words of ['The extension is locked', 'Unable to decode']) expect(isRefusal(words)).toBe(false);
  });
});
