import type { ModelConfig } from '#protocol/model-shape.ts';
import { describeExit, type ProcessEntry } from '#main/core/process-host.ts';
import { createChildProcessHost } from '#main/headless/child-process-host.ts';

/** What a side of the engine bench trains. */
export interface SideOptions {
  readonly config: ModelConfig;
  readonly batchSize: number;
  readonly threads: number;
  /** The rate of AdamW. */
  readonly learningRate: number;
}

/** Steps of one side, in order. */
export interface Steps {
  /** Of each step. */
  readonly seconds: readonly number[];
  /** Of the last step, in nats, before its update. */
  readonly loss: number;
  /** Of the process since its start. */
  readonly peakRssMiB: number;
  /** Cores that it really uses. */
  readonly threads: number;
}

/** What a child of the bench can be asked for, by name. */
export interface Requests {
  readonly open: { readonly ask: SideOptions; readonly reply: null };
  /** So many further steps. */
  readonly steps: { readonly ask: { readonly count: number }; readonly reply: Steps };
}

/** A process of its own that trains, so that its peak memory is its own too. */
export interface Side<R> {
  readonly ask: <K extends keyof R>(kind: K, given: AskOf<R[K]>) => Promise<ReplyOf<R[K]>>;
  readonly end: () => void;
}

type AskOf<T> = T extends { readonly ask: infer A } ? A : never;
type ReplyOf<T> = T extends { readonly reply: infer A } ? A : never;

/** What children say on their channel. */
export type Answer =
  { readonly kind: 'reply'; readonly reply: unknown } | { readonly kind: 'failed'; readonly message: string };

/**
 * Starts `NAME-side.ts` as the headless app starts a worker: with the same environment, so that the allocator does here
 * what it does for an owner.
 * @param folder where the `worker.js` lies that is told the name
 * @param entry whose settings of the engine of JavaScript count; its file is there too
 */
export function startSide<R>(name: string, folder = import.meta.dirname, entry: ProcessEntry = 'worker'): Side<R> {
  const host = createChildProcessHost({
    folder,
    env: process.env,
    log: (_, line) => void process.stderr.write(`${line}\n`),
  });
  const child = host.launch(entry, name);
  let waiting: PromiseWithResolvers<unknown> | null = null;
  let ended: string | null = null;
  child.onMessage((message) => {
    const answer = message as Answer;
    if (answer.kind === 'reply') waiting?.resolve(answer.reply);
    else waiting?.reject(new Error(answer.message));
  });
  child.onExit((exit) => {
    ended = `The side ${name} ${describeExit(exit)}`;
    waiting?.reject(new Error(ended));
  });
  return {
    ask: async (kind, given) => {
      if (ended !== null) throw new Error(ended);
      waiting = Promise.withResolvers<unknown>();
      child.send({ kind, given });
      return (await waiting.promise) as ReplyOf<R[typeof kind]>;
    },
    end: () => child.kill(),
  };
}
