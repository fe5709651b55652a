import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppState } from '#protocol/contract/state.ts';
import type { Connection, ConnectionStatus } from '../client/connection.ts';
import { stepMirror, type Mirror } from './mirror.ts';
import type { Page } from './pages.ts';

/** The mirror of main's state, and view state; nothing else. */
export interface DashboardState {
  /** `null` until the first snapshot came. */
  readonly app: AppState | null;
  readonly connection: ConnectionStatus;
  readonly page: Page;
  readonly showPage: (page: Page) => void;
}

export type DashboardStore = StoreApi<DashboardState>;

/** Follows main through `connection` until `dispose`. */
export function createDashboard(connection: Connection): { readonly store: DashboardStore; dispose(): void } {
  const store = createStore<DashboardState>((set) => ({
    app: null,
    connection: { kind: 'connecting' },
    page: 'home',
    showPage: (page) => set({ page }),
  }));

  let mirror: Mirror | null = null;
  let generation = 0;
  let unsubscribe = (): void => undefined;

  const subscribe = (): void => {
    generation += 1;
    const own = generation;
    unsubscribe();
    // After a gap the old state stays on the screen; only patches wait for the new snapshot.
    mirror = null;
    unsubscribe = connection.subscribe((message) => {
      if (own !== generation) return;
      const step = stepMirror(mirror, message);
      if (step.kind === 'gap') subscribe();
      if (step.kind !== 'moved') return;
      mirror = step.mirror;
      store.setState({ app: mirror.state });
    });
  };

  subscribe();
  const offStatus = connection.onStatus((status) => {
    // The server counts anew after a restart: what follows a reconnection must begin with a snapshot.
    if (status.kind === 'lost') mirror = null;
    store.setState({ connection: status });
  });

  return {
    store,
    dispose() {
      generation += 1;
      unsubscribe();
      offStatus();
    },
  };
}
