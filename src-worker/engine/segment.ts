import type { ModelConfig } from '#protocol/model-shape.ts';
import {
  backwardModel,
  forwardModel,
  GRADIENT,
  GRADIENT_IN,
  GRADIENT_OUT,
  HIDDEN_IN,
  HIDDEN_OUT,
  LOSS,
  SUM,
  TOKENS,
} from '#worker/model/shard-graphs.ts';
import type { MemorySavings } from '#worker/model/memory-savings.ts';
import { shardKind, shardParameters, withoutPlace, type Shard } from '#worker/model/shard.ts';
import type { DeviceTensor } from './device.ts';
import type { Kernels } from './kernels.ts';
import type { ShardState, TrainedParameter } from './shard-state.ts';

type Tensors = Record<string, DeviceTensor>;

export interface SegmentOptions {
  readonly config: ModelConfig;
  readonly shard: Shard;
  /** Windows in one run. */
  readonly batchSize: number;
  /** What one run counts for in the gradient of a step. */
  readonly weight: number;
  /** The type of the weights that the graphs read. */
  readonly weights: MemorySavings['weights'];
}

/** A part of a shard that runs at once. Graphs know its parameters by the names that they have without their place in the model. */
export class Segment {
  readonly parameters: readonly TrainedParameter[];
  /** Equal for segments with equal graphs. */
  readonly kind: string;
  readonly #options: SegmentOptions;
  readonly #layout: Shard;
  readonly #names: readonly string[];
  readonly #kernels: Kernels;

  constructor(options: SegmentOptions, state: ShardState, kernels: Kernels) {
    const { config, shard } = options;
    this.#options = options;
    this.#layout = withoutPlace(shard);
    this.#names = shardParameters(config, this.#layout).map(({ name }) => name);
    this.#kernels = kernels;
    this.kind = shardKind(shard);
    this.parameters = state.of(config, shard);
  }

  get #needsTokens(): boolean {
    return this.#layout.embedding || this.#layout.head;
  }

  /** `hiddenIn` → `hiddenOut` of a segment without a head. */
  async forward(tokens: DeviceTensor, hiddenIn: DeviceTensor | null, hiddenOut: DeviceTensor): Promise<void> {
    const { config, batchSize, weights } = this.#options;
    const kernel = await this.#kernels.get(`forward ${batchSize} × ${this.kind}`, () =>
      forwardModel(config, this.#layout, batchSize, weights),
    );
    await kernel.run(this.#inputs(tokens, hiddenIn), { [HIDDEN_OUT]: hiddenOut });
  }

  /**
   * Computes the segment anew and adds to its parameters' gradients, or replaces them.
   * @param gradientOut the loss's gradient by the segment's output; `null` with the head
   * @param gradientIn where its gradient by the segment's input goes; `null` with the embedding
   * @param loss where the loss goes; `null` without the head
   */
  async backward(
    tensors: {
      readonly tokens: DeviceTensor;
      readonly hiddenIn: DeviceTensor | null;
      readonly gradientOut: DeviceTensor | null;
      readonly gradientIn: DeviceTensor | null;
      readonly loss: DeviceTensor | null;
    },
    accumulate: boolean,
  ): Promise<void> {
    const { config, batchSize, weight, weights } = this.#options;
    const name = `backward ${batchSize} × ${weight} ${this.kind}${accumulate ? ' adding' : ''}`;
    const kernel = await this.#kernels.get(name, () =>
      backwardModel(config, this.#layout, { batchSize, weight, accumulate, weights }),
    );
    const inputs = this.#inputs(tensors.tokens, tensors.hiddenIn);
    if (tensors.gradientOut !== null) inputs[GRADIENT_OUT] = tensors.gradientOut;
    const outputs: Tensors = {};
    if (tensors.gradientIn !== null) outputs[GRADIENT_IN] = tensors.gradientIn;
    if (tensors.loss !== null) outputs[LOSS] = tensors.loss;
    for (const [name, { gradient }] of this.#named()) {
      if (accumulate) inputs[SUM + name] = gradient;
      outputs[GRADIENT + name] = gradient;
    }
    await kernel.run(inputs, outputs);
  }

  #inputs(tokens: DeviceTensor, hiddenIn: DeviceTensor | null): Tensors {
    const inputs: Tensors = {};
    if (this.#needsTokens) inputs[TOKENS] = tokens;
    if (hiddenIn !== null) inputs[HIDDEN_IN] = hiddenIn;
    for (const [name, { weight }] of this.#named()) inputs[name] = weight;
    return inputs;
  }

  #named(): readonly (readonly [string, TrainedParameter])[] {
    return this.parameters.map((entry, index) => [this.#names[index] ?? entry.name, entry]);
  }
}
