import { EXIT_INTERRUPTED } from './command-context.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal asks everything to stop in order; a second one ends this process at once (its children with it). */
export function watchInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
      controller.abort();
    });
  }
  // Whoever read our output has gone, as in `millrace run | head`.
  process.stdout.on('error', () => controller.abort());
  return controller.signal;
}
