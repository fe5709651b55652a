import { performance } from 'node:perf_hooks';
import { concatBytes, uint32Bytes } from '#protocol/bytes.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import type { FuzzTarget, OpenTarget } from './target.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first input, and how many follow. */
  readonly first: number;
  readonly inputs: number;
  /** An input that takes longer, also when it is tried again alone, breaks the target. */
  readonly slowMs: number;
  /** Whether the memory of this process counts: not where other things run in it too. */
  readonly checksMemory: boolean;
  /** Called with each input's number before it is made. */
  readonly onInput?: (input: number) => void;
  readonly onProgress?: (result: FuzzResult) => void;
}

export interface FuzzResult {
  readonly inputs: number;
  /** Refused as a breach of the format, or (files of the store) found damaged. */
  readonly refused: number;
  /** Still valid: everything that was read was within its limits. */
  readonly read: number;
  readonly slowestMs: number;
  readonly slowestInput: number;
  /** Inputs that took too long at first, and not when tried again: other programs, or the garbage collector, had the processor. */
  readonly retried: number;
  /** The most that the process held beyond what it held after the first inputs. */
  readonly growthBytes: number;
}

/** How often a slow input is tried again, alone; the shortest time counts, without that of other programs. */
const RETRIES = 3;
/** So that one burst of another program is not met by all of them. */
const RETRY_AFTER_MS = 300;
/** The first inputs load code, fill caches and let the heap find its size. */
const WARM_UP = 10_000;
const PROGRESS_EVERY = 1000;
/** After so many inputs the event loop has a turn: timers that give memory back must be able to run. */
const TURN_EVERY = 50;

interface Took {
  readonly wasRead: boolean;
  readonly tookMs: number;
  /** Processor time of this process, and the time that it waited for something: not what other programs had of the processor. */
  readonly ownMs: number;
}

/** Names the input that broke a target. */
export class FuzzFailure extends Error {
  readonly target: string;
  readonly seed: number;
  readonly input: number;

  constructor(target: string, seed: number, input: number, cause: unknown) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`Target ${target}, seed ${seed}, input ${input}: ${why}`, { cause });
    this.target = target;
    this.seed = seed;
    this.input = input;
  }
}

/** Tries so many inputs. @throws FuzzFailure at the first that breaks the target, is slow, or takes too much memory */
export async function runFuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const open = await target.open();
  try {
    return await new Fuzz(target, open, options).run();
  } finally {
    await open.close();
  }
}

class Fuzz {
  readonly #target: FuzzTarget;
  readonly #open: OpenTarget;
  readonly #options: FuzzOptions;
  #refused = 0;
  #read = 0;
  #slowestMs = 0;
  #slowestInput: number;
  #retried = 0;
  #firstPeakBytes = 0;

  constructor(target: FuzzTarget, open: OpenTarget, options: FuzzOptions) {
    this.#target = target;
    this.#open = open;
    this.#options = options;
    this.#slowestInput = options.first;
  }

  async run(): Promise<FuzzResult> {
    const { seed, first, inputs, checksMemory, onInput, onProgress } = this.#options;
    const warmUp = first + WARM_UP;
    for (let input = first; input < first + inputs; input += 1) {
      onInput?.(input);
      if (input % TURN_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
      try {
        await this.#try(input);
        if (input + 1 === warmUp) this.#firstPeakBytes = peakBytes();
        if ((input + 1) % PROGRESS_EVERY === 0) {
          if (checksMemory) this.#checkMemory();
          onProgress?.(this.#result(input + 1 - first));
        }
      } catch (cause) {
        throw new FuzzFailure(this.#target.name, seed, input, cause);
      }
    }
    return this.#result(inputs);
  }

  async #try(input: number): Promise<void> {
    const { slowMs } = this.#options;
    const first = await this.#once(input);
    if (first.wasRead) this.#read += 1;
    else this.#refused += 1;
    let { ownMs } = first;
    if (first.tookMs > slowMs) {
      for (let retry = 0; retry < RETRIES; retry += 1) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
        ownMs = Math.min(ownMs, (await this.#once(input)).ownMs);
      }
      if (ownMs > slowMs) throw new Error(`It takes ${ownMs.toFixed(1)} ms, more than ${slowMs}`);
      this.#retried += 1;
    }
    if (ownMs > this.#slowestMs) [this.#slowestMs, this.#slowestInput] = [ownMs, input];
  }

  async #once(input: number): Promise<Took> {
    const attempt = await this.#open.prepare(randomOf(this.#options.seed, input));
    const [startMs, processor, loop] = [performance.now(), process.cpuUsage(), performance.eventLoopUtilization()];
    const outcome = attempt();
    // Without a turn of the event loop where none is needed: it would be measured too.
    const wasRead = typeof outcome === 'boolean' ? outcome : await outcome;
    const tookMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(processor);
    const ownMs = Math.min(tookMs, (user + system) / 1000 + performance.eventLoopUtilization(loop).idle);
    return { wasRead, tookMs, ownMs };
  }

  #checkMemory(): void {
    const { capBytes } = this.#target;
    const growthBytes = this.#growthBytes();
    if (growthBytes > capBytes) throw new Error(`The process grew by ${growthBytes} bytes, more than ${capBytes}`);
  }

  #growthBytes(): number {
    return this.#firstPeakBytes === 0 ? 0 : peakBytes() - this.#firstPeakBytes;
  }

  #result(inputs: number): FuzzResult {
    return {
      ...{ inputs, refused: this.#refused, read: this.#read, retried: this.#retried },
      ...{ slowestMs: this.#slowestMs, slowestInput: this.#slowestInput, growthBytes: this.#growthBytes() },
    };
  }
}

const randomOf = (seed: number, input: number): RandomStream =>
  randomStream(concatBytes(uint32Bytes(seed), uint32Bytes(input)));

/** The system's high-water mark: also what was held only for a moment. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
