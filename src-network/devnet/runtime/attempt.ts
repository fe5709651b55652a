import { type CallContext, DispatchFailure } from './call-context.ts';
import { State } from './state.ts';

/** Does something that may be refused: then nothing of it has happened. @returns whether it went well */
export function attempt(context: CallContext, run: (context: CallContext) => void): boolean {
  const state = new State(context.state);
  const events: Parameters<CallContext['deposit']>[] = [];
  try {
    run({ ...context, state, deposit: (...event) => void events.push(event) });
  } catch (error) {
    if (error instanceof DispatchFailure) return false;
    throw error;
  }
  context.state.apply(state.changes);
  for (const event of events) context.deposit(...event);
  return true;
}
