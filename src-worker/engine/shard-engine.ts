import { MillraceError } from '#protocol/errors.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import { DEFAULT_ADAMW, type AdamWOptions } from '#worker/model/adamw.ts';
import { isPlain, NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import { splitShard, type Shard } from '#worker/model/shard.ts';
import { updateRuns } from '#worker/model/update-runs.ts';
import type { Device, DeviceTensor } from './device.ts';
import { runFusedStep, type FusedStepResult } from './fused-step.ts';
import { Kernels } from './kernels.ts';
import { Optimiser, type ParameterGroup } from './optimiser.ts';
import type { Parameters } from './parameters.ts';
import { Segment } from './segment.ts';
import { ShardState, type StatePlace, type TrainedParameter } from './shard-state.ts';
import { copyTokens, type Tokens } from './tokens.ts';
import { Weights } from './weights.ts';

/** How a step is cut into runs. */
export interface RunSizes {
  /** Runs whose gradients make one step. */
  readonly microBatches: number;
  /** Windows in one run. Fewer need less memory for activations and can be stopped sooner. */
  readonly microBatchSize: number;
}

export interface ShardEngineOptions extends RunSizes {
  readonly config: ModelConfig;
  readonly shard: Shard;
  /**
   * Decoder layers that run, and are computed anew for the backward pass, at a time: of such a segment only the input is kept.
   * With all layers of a whole model in one segment nothing is computed twice.
   */
  readonly segmentLayers: number;
  readonly optimizer?: AdamWOptions;
  /** Nothing is saved if left out. */
  readonly savings?: MemorySavings;
  /** The CPU's device, for an optimiser in the host's memory. */
  readonly host?: Device;
  /** Bytes of parameters that one run of the update takes at most, see `updateRuns`. */
  readonly updateRunBytes?: number;
  /** Awaited before each run; may wait, and throws to stop. */
  readonly beforeRun?: () => Promise<void>;
  /** Told how long each run took, by `nowMs`. */
  readonly afterRun?: (ranMs: number) => void;
  /** The process's own clock if left out. */
  readonly nowMs?: () => number;
}

/** What enters a shard for one micro-batch. */
export interface ShardInput {
  /** Windows [microBatchSize, sequenceLength + 1]; needed with the embedding and with the head. */
  readonly tokens: Tokens | null;
  /** Rows of the shard before, [microBatchSize · sequenceLength, hiddenSize]; `null` with the embedding. */
  readonly hidden: Float32Array | null;
}

export interface BackwardResult {
  /** Mean cross entropy of the micro-batch in nats; `null` without the head. */
  readonly loss: number | null;
  /** The loss's gradient by the shard's input rows; `null` with the embedding. */
  readonly gradientIn: Float32Array | null;
}

/** What is kept of a micro-batch between its forward and its backward pass: the input of each segment. */
interface InFlight {
  readonly tokens: DeviceTensor;
  readonly rows: readonly (DeviceTensor | null)[];
}

/**
 * Trains one shard: any contiguous range of a model's layers. A step is, for each micro-batch, `forward` and later `backward`;
 * then `gradientNormSquare` and `update` with a scale that all shards of the model have agreed on.
 */
export class ShardEngine {
  readonly #device: Device;
  readonly #options: ShardEngineOptions;
  readonly #kernels: Kernels;
  readonly #state: ShardState;
  #sizes: RunSizes;
  #segments: readonly Segment[];
  readonly #optimiser: Optimiser;
  readonly #optimiserKernels: Kernels;
  readonly #weights: Weights;
  readonly #inFlight = new Map<number, InFlight>();
  /** Whether the gradients hold a part of this step already. */
  #accumulating = false;

  /** @throws MillraceError ENGINE when the optimiser is to be in the host's memory and there is no device for it */
  constructor(device: Device, options: ShardEngineOptions) {
    const { config, shard, microBatches, microBatchSize, optimizer = DEFAULT_ADAMW } = options;
    this.#device = device;
    this.#options = options;
    this.#sizes = { microBatches, microBatchSize };
    this.#kernels = new Kernels(device);
    const place = placeOf(device, options);
    const { optimiserDevice } = place;
    this.#optimiserKernels = optimiserDevice === device ? this.#kernels : new Kernels(optimiserDevice);
    this.#state = new ShardState(place, config, shard);
    this.#segments = this.#split();
    const groups = groupsOf(this.#segments);
    const updates = groups.flatMap((group) => updatesOf(group, options.updateRunBytes));
    this.#weights = new Weights(place, this.#kernels, updates);
    const [kernels, optimiserKernels, weights] = [this.#kernels, this.#optimiserKernels, this.#weights];
    this.#optimiser = new Optimiser({ place, kernels, optimiserKernels, groups, updates, weights }, optimizer);
  }

  /** Cuts later steps otherwise. Drops a step that was begun. */
  resize(sizes: RunSizes): void {
    this.abandonStep();
    this.#sizes = sizes;
    this.#segments = this.#split();
  }

  /** Replaces the parameters by copies; the optimiser's state is kept. @throws MillraceError ENGINE that names a parameter */
  load(parameters: Parameters): void {
    this.#state.load(parameters);
    this.#weights.invalidate();
  }

  /** Copies of the parameters, in the order of `shardParameters`. */
  parameters(): Promise<readonly Float32Array[]> {
    return this.#state.parameters();
  }

  /** Copies of the sums of the step's gradients so far, in the order of `shardParameters`. */
  gradients(): Promise<readonly Float32Array[]> {
    return Promise.all(this.#state.all.map(({ gradient }) => this.#device.read(gradient)));
  }

  /** Bytes of weights, gradients, parameters and moments between runs: on the device that trains, and in the host's memory beside it. */
  stateSizes(): { readonly deviceBytes: number; readonly hostBytes: number } {
    return this.#state.sizes();
  }

  /**
   * Forward pass of micro-batch `index`. Its last segment is left to the backward pass when it has the head.
   * @returns rows for the next shard; `null` with the head
   */
  async forward(index: number, input: ShardInput): Promise<Float32Array | null> {
    await this.#weights.refresh();
    const tokens = this.#tokens(input.tokens);
    const rows: (DeviceTensor | null)[] = [this.#hidden(input.hidden)];
    for (const [place, segment] of this.#segments.entries()) {
      if (this.#options.shard.head && place === this.#segments.length - 1) break;
      const out = this.#rows();
      await this.#timed(() => segment.forward(tokens, rows.at(-1) ?? null, out));
      rows.push(out);
    }
    const last = this.#options.shard.head ? null : (rows.pop() ?? null);
    this.#inFlight.set(index, { tokens, rows });
    return last === null ? null : this.#take(last);
  }

  /**
   * Backward pass of micro-batch `index`; adds to the step's gradients.
   * @param gradientOut the loss's gradient by what `forward` returned; `null` with the head
   */
  async backward(index: number, gradientOut: Float32Array | null): Promise<BackwardResult> {
    const inFlight = this.#inFlight.get(index);
    if (inFlight === undefined) throw new MillraceError('ENGINE', `Micro-batch ${index} has had no forward pass`);
    this.#inFlight.delete(index);
    this.#beginStep();
    const loss = this.#options.shard.head ? this.#device.zeros([]) : null;
    let gradient = this.#hidden(gradientOut);
    for (const [place, segment] of [...this.#segments.entries()].toReversed()) {
      const hiddenIn = inFlight.rows[place] ?? null;
      const gradientIn = hiddenIn === null ? null : this.#rows();
      const ends = place === this.#segments.length - 1;
      const tensors = {
        ...{ tokens: inFlight.tokens, hiddenIn, gradientIn },
        ...{ gradientOut: gradient, loss: ends ? loss : null },
      };
      await this.#timed(() => segment.backward(tensors, this.#accumulating || this.#sharesParameters));
      if (gradient !== null) this.#device.free(gradient);
      if (hiddenIn !== null) this.#device.free(hiddenIn);
      gradient = gradientIn;
    }
    this.#accumulating = true;
    const [lossValue = null] = loss === null ? [] : await this.#take(loss);
    return { loss: lossValue, gradientIn: gradient === null ? null : await this.#take(gradient) };
  }

  /** Σ gradient² over the shard's parameters, for the norm over all shards. */
  gradientNormSquare(): Promise<number> {
    return this.#timed(() => this.#optimiser.gradientNormSquare());
  }

  /** One AdamW step with the gradients multiplied by `gradientScale`; the next `backward` starts new gradients. */
  async update(gradientScale: number, learningRate: number): Promise<void> {
    await this.#timed(() => this.#optimiser.update(gradientScale, learningRate));
    this.#accumulating = false;
  }

  /**
   * Forward, backward, clipping and AdamW of a whole model on one batch in a single run.
   * @param tokens windows [microBatchSize, sequenceLength + 1]
   * @throws MillraceError ENGINE when memory is saved: see `isPlain`
   */
  async fusedStep(tokens: Tokens, learningRate: number): Promise<FusedStepResult> {
    const { config, optimizer = DEFAULT_ADAMW, savings = NO_SAVINGS } = this.#options;
    if (!isPlain(savings)) throw new MillraceError('ENGINE', 'A fused step keeps its state in float32 on one device');
    const place = { device: this.#device, kernels: this.#kernels, state: this.#state };
    const options = { config, optimizer, batchSize: this.#sizes.microBatchSize };
    const batch = this.#tokens(tokens);
    return this.#timed(() => runFusedStep(place, options, batch, this.#optimiser.takeFactors(learningRate)));
  }

  /** Drops a step that was begun: micro-batches in flight and gradients. */
  abandonStep(): void {
    for (const { rows } of this.#inFlight.values()) {
      for (const tensor of rows) if (tensor !== null) this.#device.free(tensor);
    }
    this.#inFlight.clear();
    this.#accumulating = false;
  }

  resetOptimizer(): void {
    this.#optimiser.reset();
  }

  async dispose(): Promise<void> {
    await this.#kernels.dispose();
    if (this.#optimiserKernels !== this.#kernels) await this.#optimiserKernels.dispose();
  }

  /** A tied head in another segment than the embedding adds to the same gradient within one backward pass. */
  get #sharesParameters(): boolean {
    const { config, shard } = this.#options;
    return config.tiedHead && shard.embedding && shard.head && this.#segments.length > 1;
  }

  #split(): readonly Segment[] {
    const { config, shard, segmentLayers, savings = NO_SAVINGS } = this.#options;
    const { microBatches, microBatchSize } = this.#sizes;
    return splitShard(shard, segmentLayers).map((part) => {
      const { weights } = savings;
      const options = { config, shard: part, batchSize: microBatchSize, weight: 1 / microBatches, weights };
      return new Segment(options, this.#state, this.#kernels);
    });
  }

  #beginStep(): void {
    if (this.#accumulating || !this.#sharesParameters) return;
    for (const { gradient } of this.#state.all) this.#device.clear(gradient);
  }

  #tokens(tokens: Tokens | null): DeviceTensor {
    const { config } = this.#options;
    const { microBatchSize } = this.#sizes;
    const shape = [microBatchSize, config.sequenceLength + 1];
    const values = new Int32Array(microBatchSize * (config.sequenceLength + 1));
    if (tokens !== null) copyTokens(tokens, values, config);
    return this.#device.tensor(values, shape);
  }

  /** The values of a tensor that nobody needs afterwards. */
  async #take(tensor: DeviceTensor): Promise<Float32Array> {
    const values = await this.#device.read(tensor);
    this.#device.free(tensor);
    return values;
  }

  #rows(): DeviceTensor {
    return this.#device.zeros(this.#rowsShape);
  }

  #hidden(values: Float32Array | null): DeviceTensor | null {
    if (values === null) return null;
    const [rows, width] = this.#rowsShape;
    if (values.length !== rows * width) {
      throw new MillraceError('ENGINE', `Hidden rows need ${rows * width} values, not ${values.length}`);
    }
    return this.#device.tensor(values, [rows, width]);
  }

  get #rowsShape(): readonly [number, number] {
    const { config } = this.#options;
    const { microBatchSize } = this.#sizes;
    return [microBatchSize * config.sequenceLength, config.hiddenSize];
  }

  async #timed<T>(run: () => Promise<T>): Promise<T> {
    const { beforeRun, afterRun, nowMs = () => performance.now() } = this.#options;
    await beforeRun?.();
    const startedMs = nowMs();
    const result = await run();
    afterRun?.(nowMs() - startedMs);
    return result;
  }
}

function placeOf(device: Device, { savings = NO_SAVINGS, host }: ShardEngineOptions): StatePlace {
  if (savings.optimiserPlace === 'device') return { device, optimiserDevice: device, savings };
  if (host === undefined) throw new MillraceError('ENGINE', 'An optimiser on the host needs the device of the CPU');
  return { device, optimiserDevice: host, savings };
}

/** Each parameter once, by the segment that first has it. */
function groupsOf(segments: readonly Segment[]): readonly ParameterGroup[] {
  const seen = new Set<TrainedParameter>();
  return segments.map(({ kind, parameters }) => {
    const own = parameters.filter((entry) => !seen.has(entry));
    for (const entry of own) seen.add(entry);
    return { kind: own.length === parameters.length ? kind : `${kind} of ${own.length} parameters`, parameters: own };
  });
}

/** A group in parts, one for each run of its update. */
function updatesOf({ kind, parameters }: ParameterGroup, limitBytes: number | undefined): readonly ParameterGroup[] {
  const runs = updateRuns(parameters, limitBytes);
  return runs.map((own, index) => ({ kind: `${kind} part ${index} of ${runs.length}`, parameters: own }));
}
