import type { ModelConfig } from '#protocol/model-shape.ts';
import { NO_SAVINGS, type MemorySavings } from '#worker/model/memory-savings.ts';
import type { TrainingPlace } from '#worker/model/run-memory.ts';

/** A way to save memory: options of a trainer. */
export interface Rung {
  readonly segmentLayers: number;
  readonly savings: MemorySavings;
}

/**
 * Ways to save memory, the cheapest first: computing layers anew costs a third of the time and changes nothing; 8-bit moments
 * change the loss by a thousandth; what goes through the host crosses the bus with every step, and there exact moments come
 * before 8-bit ones; half-precision weights last, because not every card has them. On the CPU the host's memory is its own, and
 * half-precision weights would only be added to their masters.
 */
export function savingLadder({ layers }: ModelConfig, place: TrainingPlace): readonly [Rung, ...Rung[]] {
  const byLayer = (savings: Partial<MemorySavings>): Rung => ({
    segmentLayers: 1,
    savings: { ...NO_SAVINGS, ...savings },
  });
  const anywhere: readonly [Rung, ...Rung[]] = [
    { segmentLayers: layers, savings: NO_SAVINGS },
    byLayer({}),
    byLayer({ optimiserState: '8-bit' }),
  ];
  if (place === 'cpu') return anywhere;
  return [
    ...anywhere,
    byLayer({ optimiserPlace: 'host' }),
    byLayer({ optimiserPlace: 'host', optimiserState: '8-bit' }),
    byLayer({ optimiserPlace: 'host', weights: 'float16' }),
    byLayer({ optimiserPlace: 'host', weights: 'float16', optimiserState: '8-bit' }),
  ];
}

/** What a trainer with these options does to save memory, as parts of a sentence about training; none when it saves nothing. */
export function savedInWords(
  { segmentLayers, savings }: Rung,
  runSize: number,
  { config, batchSize }: { readonly config: ModelConfig; readonly batchSize: number },
): readonly string[] {
  return [
    runSize < batchSize ? `takes ${runSize} of the ${batchSize} windows of a batch at a time` : '',
    segmentLayers < config.layers ? 'computes each layer anew for the backward pass' : '',
    savings.optimiserState === '8-bit' ? 'keeps the moments of AdamW in 8 bits' : '',
    savings.optimiserPlace === 'host' ? 'keeps the state of AdamW in main memory' : '',
    savings.weights === 'float16' ? 'keeps the weights in half precision' : '',
  ].filter((part) => part !== '');
}
