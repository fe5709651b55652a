import { enablePatches, produceWithPatches, type Draft } from 'immer';
import type { PatchOperation, StateMessage } from '#protocol/contract/commands.ts';
import type { AppState } from '#protocol/contract/state.ts';

enablePatches();

/** The one state tree. Main owns it; every client sees the same numbered patches. */
export interface AppStore {
  get(): AppState;
  /** Changes the tree through an immer draft. Nothing is sent when nothing changed. */
  update(recipe: (draft: Draft<AppState>) => void): void;
  /** Calls back with a snapshot at once, then with patches. Returns the unsubscribe function. */
  subscribe(listener: (message: StateMessage) => void): () => void;
}

export function createStore(initial: AppState): AppStore {
  let state = initial;
  let sequence = 0;
  const listeners = new Set<(message: StateMessage) => void>();

  return {
    get: () => state,
    update: (recipe) => {
      const [next, patches] = produceWithPatches(state, (draft) => {
        recipe(draft);
      });
      if (patches.length === 0) return;
      state = next;
      sequence += 1;
      const message: StateMessage = { kind: 'patch', sequence, operations: patches satisfies PatchOperation[] };
      for (const listener of [...listeners]) listener(message);
    },
    subscribe: (listener) => {
      // A fresh closure each time: the same function may subscribe twice.
      const entry = (message: StateMessage): void => listener(message);
      entry({ kind: 'snapshot', sequence, state });
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
  };
}
