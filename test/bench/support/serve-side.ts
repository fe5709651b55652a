import { errorMessage } from '#protocol/errors.ts';
import type { Answer } from './side.ts';

type Handlers = Readonly<Record<string, (given: never) => Promise<unknown>>>;

/** Answers the requests of the bench one after another until its channel closes. */
export function serveSide(handlers: Handlers): void {
  const answer = async (message: unknown): Promise<Answer> => {
    const { kind, given } = message as { readonly kind: string; readonly given: unknown };
    try {
      const handler = handlers[kind];
      if (handler === undefined) throw new Error(`This side knows no ${kind}`);
      return { kind: 'reply', reply: await handler(given as never) };
    } catch (error) {
      return { kind: 'failed', message: errorMessage(error) };
    }
  };
  process.on('message', (message) => void answer(message).then((reply) => process.send?.(reply)));
  process.on('disconnect', () => process.exit());
}

/** Most resident memory that this process ever had. */
export const peakRssMiB = (): number => process.resourceUsage().maxRSS / 1024;
