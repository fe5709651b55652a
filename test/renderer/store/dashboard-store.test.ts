import { describe, expect, it } from 'vitest';
import type { StateMessage } from '#protocol/contract/commands.ts';
import type { Connection, ConnectionStatus } from '#renderer/client/connection.ts';
import { createDashboard } from '#renderer/store/dashboard-store.ts';
import { states } from '../fixtures/states.ts';

/** A connection whose other end is the test. */
function handConnection() {
  const subscribers = new Set<(message: StateMessage) => void>();
  let setStatus: (status: ConnectionStatus) => void = () => undefined;
  const hand = {
    subscriptions: 0,
    send: (message: StateMessage) => subscribers.forEach((subscriber) => subscriber(message)),
    status: (status: ConnectionStatus) => setStatus(status),
    subscribers,
  };
  const connection: Connection = {
    command: () => Promise.resolve({ ok: true } as never),
    subscribe(onMessage) {
      hand.subscriptions += 1;
      subscribers.add(onMessage);
      return () => subscribers.delete(onMessage);
    },
    onStatus(listener) {
      setStatus = listener;
      listener({ kind: 'connected' });
      return () => undefined;
    },
  };
  return { hand, connection };
}

const version = (sequence: number, value: string): StateMessage => ({
  kind: 'patch',
  sequence,
  operations: [{ op: 'replace', path: ['version'], value }],
});

describe('createDashboard', () => {
  it('holds nothing before the snapshot, then follows the patches', () => {
    const { hand, connection } = handConnection();
    const { store } = createDashboard(connection);
    expect(store.getState().app).toBeNull();
    hand.send({ kind: 'snapshot', sequence: 3, state: states.empty });
    hand.send(version(4, '0.2.0'));
    expect(store.getState().app?.version).toBe('0.2.0');
  });

  it('subscribes anew after a gap, keeps the old state on the screen, and goes on from the new snapshot', () => {
    const { hand, connection } = handConnection();
    const { store } = createDashboard(connection);
    hand.send({ kind: 'snapshot', sequence: 3, state: states.empty });
    hand.send(version(6, 'lost its predecessors'));
    expect(hand.subscriptions).toBe(2);
    expect(hand.subscribers.size).toBe(1);
    expect(store.getState().app).toBe(states.empty);
    hand.send(version(7, 'still too early'));
    expect(store.getState().app).toBe(states.empty);
    expect(hand.subscriptions).toBe(2);
    hand.send({ kind: 'snapshot', sequence: 7, state: states.earning });
    hand.send(version(8, '0.3.0'));
    expect(store.getState().app?.version).toBe('0.3.0');
  });

  it('after a lost connection waits for a snapshot, since a restarted main counts anew', () => {
    const { hand, connection } = handConnection();
    const { store } = createDashboard(connection);
    hand.send({ kind: 'snapshot', sequence: 3, state: states.empty });
    hand.status({ kind: 'lost', attempt: 1, retryAtMs: 5 });
    expect(store.getState().connection).toEqual({ kind: 'lost', attempt: 1, retryAtMs: 5 });
    hand.status({ kind: 'connected' });
    hand.send(version(4, 'of another count'));
    expect(store.getState().app).toBe(states.empty);
    hand.send({ kind: 'snapshot', sequence: 0, state: states.earning });
    expect(store.getState().app).toBe(states.earning);
  });

  it('opens a page without touching main’s state', () => {
    const { hand, connection } = handConnection();
    const { store } = createDashboard(connection);
    hand.send({ kind: 'snapshot', sequence: 0, state: states.empty });
    store.getState().showPage('wallet');
    expect(store.getState()).toMatchObject({ page: 'wallet', app: states.empty });
  });

  it('stops following after dispose', () => {
    const { hand, connection } = handConnection();
    const dashboard = createDashboard(connection);
    dashboard.dispose();
    expect(hand.subscribers.size).toBe(0);
    expect(dashboard.store.getState().app).toBeNull();
  });
});
