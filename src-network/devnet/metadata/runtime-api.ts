import type { Fields, FieldValues } from '../scale/composites.ts';
import type { AnyType, ScaleType } from '../scale/scale-type.ts';
import type { State } from '../runtime/state.ts';
import type { TransactionRules } from '../runtime/validate.ts';

/** The state of the block that was asked about. */
export interface ApiContext {
  readonly rules: TransactionRules;
  /** The number of the block that would come next. */
  readonly nextBlock: number;
  readonly state: State;
}

/** A method that clients call through `state_call`, as `Api_method`. */
export interface RuntimeMethod {
  readonly inputs: Fields;
  readonly output: AnyType;
  readonly run: (context: ApiContext, inputs: Readonly<Record<string, unknown>>) => unknown;
}

export interface RuntimeApi {
  readonly name: string;
  readonly methods: Readonly<Record<string, RuntimeMethod>>;
}

/** A method with its inputs' and output's types tied to what it runs. */
export const method = <F extends Fields, T>(
  inputs: F,
  output: ScaleType<T>,
  run: (context: ApiContext, inputs: FieldValues<F>) => T,
): RuntimeMethod => ({ inputs, output, run: run as RuntimeMethod['run'] });
