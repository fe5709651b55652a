import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Asked, Said } from './peer-side.ts';

const SIDE = fileURLToPath(new URL('peer-side.ts', import.meta.url));
/** Longer than anything that is waited for takes: a test that hangs here has failed. */
const WAIT_MS = 60_000;

type Kind = Said['kind'];
type SaidOf<K extends Kind> = Extract<Said, { readonly kind: K }>;
type Request = Asked extends infer Each ? (Each extends Asked ? Omit<Each, 'id'> : never) : never;

export interface PeerInNamespaceOptions {
  readonly space: string;
  readonly seed: number;
  readonly folder: string;
  readonly listenAddress: string;
  readonly asksLocally?: boolean;
}

/** A node in a process of its own in a network namespace, by what it says and what it is asked. */
export class PeerInNamespace {
  readonly said: Said[] = [];
  peerId = '';
  readonly #child: ChildProcess;
  readonly #events = new EventEmitter().setMaxListeners(0);
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line) as Said;
      this.said.push(said);
      this.#events.emit('said');
    });
    child.once('exit', () => this.#events.emit('said'));
  }

  static async start({ space, ...options }: PeerInNamespaceOptions): Promise<PeerInNamespace> {
    const argument = JSON.stringify({ asksLocally: false, ...options });
    const command = ['netns', 'exec', space, process.execPath, '--disable-warning=ExperimentalWarning', SIDE, argument];
    const peer = new PeerInNamespace(spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
    peer.peerId = (await peer.hears('ready')).peerId;
    return peer;
  }

  /** The first thing of that kind that was or will be said and fits. */
  async hears<K extends Kind>(kind: K, fits: (said: SaidOf<K>) => boolean = () => true): Promise<SaidOf<K>> {
    const signal = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = this.said.find((said): said is SaidOf<K> => said.kind === kind && fits(said as SaidOf<K>));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`The peer has ended before it said "${kind}"`);
      await once(this.#events, 'said', { signal }).catch(() => {
        throw new Error(`Nothing of kind "${kind}" in ${WAIT_MS} ms; said: ${JSON.stringify(this.said)}`);
      });
    }
  }

  isAfter(later: Said, earlier: Said): boolean {
    return this.said.indexOf(later) > this.said.indexOf(earlier);
  }

  async ask(request: Request): Promise<unknown> {
    const id = (this.#asked += 1);
    this.#child.stdin!.write(`${JSON.stringify({ ...request, id })}\n`);
    const reply = await Promise.race([
      this.hears('done', (said) => said.id === id),
      this.hears('failed', (said) => said.id === id),
    ]);
    if (reply.kind === 'failed') throw Object.assign(new Error(reply.message), { code: reply.code });
    return reply.value;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  }
}
