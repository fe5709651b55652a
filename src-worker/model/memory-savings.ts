/** What training gives up in speed or precision so that a shard fits a smaller card. */
export interface MemorySavings {
  /** AdamW's two moments: float32, or 8 bits each with a scale for every block (Dettmers et al. 2022, “8-bit Optimizers”). */
  readonly optimiserState: 'float32' | '8-bit';
  /**
   * Where moments and float32 master weights live and the update runs: on the device that trains, or in the host's memory and on
   * its CPU (Ren et al. 2021, “ZeRO-Offload”). Gradients then cross to the host, and weights back, once a step.
   */
  readonly optimiserPlace: 'device' | 'host';
  /**
   * What forward and backward pass read. With float16 the optimiser keeps float32 masters (Micikevicius et al. 2018, “Mixed
   * Precision Training”, §3.1). Activations and gradients stay float32: the weights are widened where they are used.
   */
  readonly weights: 'float32' | 'float16';
}

/** Everything in float32 on the device. */
export const NO_SAVINGS: MemorySavings = { optimiserState: 'float32', optimiserPlace: 'device', weights: 'float32' };

/** Whether parameters are their own masters beside float32 moments: what the fused step expects. */
export const isPlain = ({ optimiserState, optimiserPlace, weights }: MemorySavings): boolean =>
  optimiserState === 'float32' && optimiserPlace === 'device' && weights === 'float32';

/** Whether forward and backward pass read a copy of the optimiser's parameters. */
export const hasMasters = ({ optimiserPlace, weights }: MemorySavings): boolean =>
  optimiserPlace === 'host' || weights === 'float16';
