import type { ChildExit, ProcessEntry, ProcessHost } from '#main/core/process-host.ts';

export interface FakeChild {
  readonly entry: ProcessEntry;
  readonly name: string;
  readonly sent: readonly unknown[];
  readonly isRunning: boolean;
  /** As if the child had sent this. */
  say(message: unknown): void;
  exit(exit?: Partial<ChildExit>): void;
}

export interface FakeProcessHost extends ProcessHost {
  readonly launched: readonly FakeChild[];
  /** Names in the order in which the processes ended. */
  readonly exits: readonly string[];
  running(name: string): FakeChild | undefined;
  /** Called at every launch, with the child after its listeners are attached. */
  onLaunch: (child: FakeChild) => void;
}

/** Processes that exist only in the test. They stop when asked to, and die when killed. */
export function createFakeProcessHost({ stopsWhenAsked = true } = {}): FakeProcessHost {
  const launched: FakeChild[] = [];
  const exits: string[] = [];
  const host: FakeProcessHost = {
    launched,
    exits,
    running: (name) => launched.findLast((child) => child.name === name && child.isRunning),
    onLaunch: () => undefined,
    launch: (entry, name) => {
      const sent: unknown[] = [];
      let isRunning = true;
      let onMessage: (message: unknown) => void = () => undefined;
      let onExit: (exit: ChildExit) => void = () => undefined;
      const child: FakeChild = {
        entry,
        name,
        sent,
        get isRunning() {
          return isRunning;
        },
        say: (message) => {
          if (isRunning) onMessage(message);
        },
        exit: (exit = {}) => {
          if (!isRunning) return;
          isRunning = false;
          exits.push(name);
          onExit({ code: 0, signal: null, error: null, ...exit });
        },
      };
      launched.push(child);
      queueMicrotask(() => host.onLaunch(child));
      return {
        send: (message) => {
          if (!isRunning) return;
          sent.push(message);
          const { kind } = message as { readonly kind: string };
          if (kind === 'stop' && stopsWhenAsked) child.exit();
        },
        onMessage: (listener) => void (onMessage = listener),
        onExit: (listener) => void (onExit = listener),
        kill: () => child.exit({ code: null, signal: 'SIGKILL' }),
      };
    },
  };
  return host;
}
