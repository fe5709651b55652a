import type { ChildExit, ChildHandle } from './process-host.ts';

/** A process with a memory: its exit can be awaited any number of times. */
export interface TrackedChild {
  readonly handle: ChildHandle;
  readonly exited: Promise<ChildExit>;
}

export function trackChild(handle: ChildHandle): TrackedChild {
  return { handle, exited: new Promise((resolve) => handle.onExit(resolve)) };
}

/** Asks the process to stop and ends it hard when it has not within `graceMs`. Resolves when it has ended. */
export async function stopChild({ handle, exited }: TrackedChild, graceMs: number): Promise<void> {
  handle.send({ kind: 'stop' });
  const timer = setTimeout(() => handle.kill(), graceMs);
  await exited;
  clearTimeout(timer);
}
