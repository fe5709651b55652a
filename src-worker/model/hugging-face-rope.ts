import { isObject, shown, type Fields } from './hugging-face-fields.ts';

/** The default of LlamaConfig and MistralConfig. */
const DEFAULT_THETA = 10_000;

/** Where a `config.json` may speak of rotary positions. */
export const ROPE_FIELDS = ['rope_theta', 'rope_scaling', 'rope_parameters'] as const;

/**
 * The base of the rotary angles: `rope_theta`, which transformers 5 keeps inside `rope_parameters`. Scaled positions
 * (`rope_type` other than "default") are another model than ours and give a problem.
 */
export function readRopeTheta(fields: Fields, problems: string[]): number {
  const found = new Map<string, unknown>();
  const top = fields.get('rope_theta');
  if (top !== undefined) found.set('rope_theta', top);
  for (const field of ['rope_scaling', 'rope_parameters']) {
    const value = fields.get(field) ?? null;
    if (value === null) continue;
    if (!isObject(value)) {
      problems.push(`${field}: must be null or { "rope_type": "default" }, found ${shown(value)}`);
      continue;
    }
    const theta = readInside(field, new Map<string, unknown>(Object.entries(value)), problems);
    if (theta !== undefined) found.set(`${field}.rope_theta`, theta);
  }
  for (const [field, value] of found) {
    if (typeof value !== 'number' || !(value >= 1 && value <= 1e9)) {
      problems.push(`${field}: must be a number from 1 to 1e9, found ${shown(value)}`);
    }
  }
  const [first, ...others] = found;
  const different = others.find(([, value]) => value !== first?.[1]);
  if (first !== undefined && different !== undefined) {
    problems.push(`${different[0]}: ${shown(different[1])} contradicts ${first[0]}, ${shown(first[1])}`);
  }
  return typeof first?.[1] === 'number' ? first[1] : DEFAULT_THETA;
}

function readInside(field: string, inside: Fields, problems: string[]): unknown {
  for (const key of ['rope_type', 'type']) {
    const type = inside.get(key);
    if (type === undefined || type === 'default') continue;
    // What else it holds belongs to that type: one problem is enough.
    problems.push(`${field}.${key}: ${shown(type)} is not supported; "default" is`);
    return undefined;
  }
  for (const [key, value] of inside) {
    if (key === 'rope_type' || key === 'type' || key === 'rope_theta') continue;
    if (key === 'partial_rotary_factor' && value === 1) continue;
    problems.push(`${field}.${shown(key).slice(1, -1)}: not a known field of rope_type "default"`);
  }
  return inside.get('rope_theta');
}
