/** What was read of the machine, or that nobody could say. Unknown is never a number: no 0, no -1, no `null`. */
export type Sensed<Value> = { readonly kind: 'known'; readonly value: Value } | { readonly kind: 'unknown' };

export const UNKNOWN = { kind: 'unknown' } as const;

export const known = <Value>(value: Value): Sensed<Value> => ({ kind: 'known', value });
