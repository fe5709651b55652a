import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ProcessEntry, processTree, roleOf } from './process-tree.ts';

export interface RigEvent {
  readonly event: string;
  readonly round?: number;
  readonly rewardRao?: string;
  readonly stateRoot?: string | null;
  readonly evalLoss?: number | null;
  readonly loss?: number;
  readonly tokensPerSecond?: number;
  readonly score?: number | null;
  readonly updateBytes?: number;
  readonly work?: { readonly kind: string };
  readonly url?: string;
}

/** A headless Millrace as its user starts it, in a home folder of its own. */
export class Rig {
  readonly events: RigEvent[] = [];
  readonly exited: Promise<number | null>;
  stderr = '';
  readonly #child: ChildProcess;
  readonly #waiters = new Set<() => void>();

  constructor(home: string, args: readonly string[] = []) {
    const entry = fileURLToPath(new URL('../../dist/millrace.js', import.meta.url));
    const child = spawn(
      process.execPath,
      [entry, 'run', '--headless', '--json', '--home', home, '--no-dashboard', ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    this.exited = once(child, 'exit').then(([code]) => code as number | null);
    void this.exited.then(() => this.#wake());
    child.stderr.on('data', (text: Buffer) => (this.stderr += text.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as RigEvent);
      this.#wake();
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get rounds(): readonly RigEvent[] {
    return this.events.filter(({ event }) => event === 'round');
  }

  /** The first event from `from` on that passes, however long the test's own limit lets it take. */
  async until(passes: (event: RigEvent) => boolean, from = 0): Promise<RigEvent> {
    for (;;) {
      const found = this.events.slice(from).find(passes);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`Millrace ended while the test waited. Its log:\n${this.stderr.slice(-4000)}`);
      }
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /**
   * A paid round whose number is at least this, that settled: the chain pays by the last weights that were set, so also for a round
   * in which nobody could set any.
   */
  reward(round: number): Promise<RigEvent> {
    return this.until(
      ({ event, rewardRao, stateRoot, round: number = -1 }) =>
        event === 'round' && rewardRao !== '0' && stateRoot !== null && number >= round,
    );
  }

  /** Waits until training begins anew. */
  nextTraining(): Promise<RigEvent> {
    return this.until(({ event, work }) => event === 'state' && work?.kind === 'training', this.events.length);
  }

  process(role: string): ProcessEntry {
    const found = processTree(this.pid).find((entry) => roleOf(entry) === role);
    if (found === undefined) throw new Error(`No ${role} among the processes of Millrace`);
    return found;
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.exited;
  }

  kill(): Promise<number | null> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) {
      this.#waiters.delete(wake);
      wake();
    }
  }
}
