import { applyPatches, enablePatches } from 'immer';
import type { StateMessage } from '#protocol/contract/commands.ts';
import type { AppState } from '#protocol/contract/state.ts';

enablePatches();

/** Main's state as this client last saw it. */
export interface Mirror {
  readonly sequence: number;
  readonly state: AppState;
}

export type MirrorStep =
  | { readonly kind: 'moved'; readonly mirror: Mirror }
  /** A patch that is already included, or one before the first snapshot. */
  | { readonly kind: 'ignored' }
  /** A patch is missing or does not fit: only a new snapshot helps. */
  | { readonly kind: 'gap' };

/** Takes one message; `mirror` is `null` until a snapshot came. Untouched branches keep their identity. */
export function stepMirror(mirror: Mirror | null, message: StateMessage): MirrorStep {
  if (message.kind === 'snapshot') {
    return { kind: 'moved', mirror: { sequence: message.sequence, state: message.state } };
  }
  if (mirror === null || message.sequence <= mirror.sequence) return { kind: 'ignored' };
  if (message.sequence > mirror.sequence + 1) return { kind: 'gap' };
  try {
    const patches = message.operations.map((operation) => ({ ...operation, path: [...operation.path] }));
    return {
      kind: 'moved',
      mirror: { sequence: message.sequence, state: applyPatches(mirror.state, patches) },
    };
  } catch {
    return { kind: 'gap' };
  }
}
