import { createContext, use, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { AppState } from '#protocol/contract/state.ts';
import type { Connection } from '../client/connection.ts';
import type { DashboardState, DashboardStore } from './dashboard-store.ts';

interface Dashboard {
  readonly store: DashboardStore;
  readonly connection: Connection;
}

const DashboardContext = createContext<Dashboard | null>(null);

export interface DashboardProviderProps extends Dashboard {
  readonly children: ReactNode;
}

export function DashboardProvider({ store, connection, children }: DashboardProviderProps) {
  return <DashboardContext value={{ store, connection }}>{children}</DashboardContext>;
}

function useContextValue(): Dashboard {
  const value = use(DashboardContext);
  if (value === null) throw new Error('Used outside of DashboardProvider.');
  return value;
}

/** View state: page, connection, whether a snapshot came. */
export function useDashboard<T>(selector: (state: DashboardState) => T): T {
  return useStore(useContextValue().store, selector);
}

/** A slice of main's state; only inside components that are shown once a snapshot came. Select narrowly. */
export function useAppState<T>(selector: (state: AppState) => T): T {
  return useDashboard((dashboard) => {
    if (dashboard.app === null) throw new Error('No snapshot yet.');
    return selector(dashboard.app);
  });
}

export function useConnection(): Connection {
  return useContextValue().connection;
}

export function useIsConnected(): boolean {
  return useDashboard((dashboard) => dashboard.connection.kind === 'connected');
}
