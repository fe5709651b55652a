import { MillraceError } from '#protocol/errors.ts';
import { elementCount, type ParameterShape } from '#protocol/model-shape.ts';

/** Parameter values, either by name or in the order of `parameterShapes`. */
export type Parameters = ReadonlyMap<string, Float32Array> | readonly Float32Array[];

/** The values in the order of `shapes`. Throws MillraceError ENGINE that names a parameter that is missing or has the wrong size. */
export function orderedParameters(parameters: Parameters, shapes: readonly ParameterShape[]): readonly Float32Array[] {
  const byName = parameters instanceof Map ? (parameters as ReadonlyMap<string, Float32Array>) : null;
  const listed = byName === null ? (parameters as readonly Float32Array[]) : [];
  const given = byName?.size ?? listed.length;
  if (given !== shapes.length) {
    throw new MillraceError('ENGINE', `The model has ${shapes.length} parameters, ${given} were given`);
  }
  return shapes.map(({ name, shape }, index) => {
    const value = byName === null ? listed[index] : byName.get(name);
    if (value?.length !== elementCount(shape)) {
      const found = value === undefined ? 'none' : value.length;
      throw new MillraceError('ENGINE', `Parameter ${name} needs ${elementCount(shape)} values, found ${found}`);
    }
    return value;
  });
}
