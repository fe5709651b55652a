import { describe } from '../describe.ts';
import { ELEMENT_TYPE_CODES, elementTypeOfCode, isFloat, type ElementType } from '../element-type.ts';
import { GraphError } from '../graph-error.ts';
import { apply, defineOperator, inputAt, int, intAttribute } from '../operator.ts';
import type { Value } from '../value.ts';

const castOperator = defineOperator({
  name: 'Cast',
  infer: (inputs, attributes) => {
    const x = inputAt(inputs, 0, 'Cast');
    const type = elementTypeOfCode(intAttribute(attributes, 'to', 0));
    if (type === undefined || !isCastable(x.type) || !isCastable(type)) {
      throw new GraphError('Cast', `${describe('x', x)} is ${x.type} and does not become ${type ?? 'another type'}`);
    }
    return [{ type, shape: x.shape }];
  },
  gradient: (node, [g]) => {
    const { type } = inputAt(node.inputs, 0, 'Cast');
    return [g === undefined || g === null || !isFloat(type) || !isFloat(g.type) ? null : cast(g, type)];
  },
});

/** Numbers that parameters and optimiser state are kept in; indices and conditions stay what they are. */
function isCastable(type: ElementType): boolean {
  return isFloat(type) || type === 'int8' || type === 'uint8';
}

/**
 * The same numbers in another type. To a narrower floating-point type: rounded to nearest. To int8 or uint8: what comes
 * after the point is dropped, and what lies outside of the range is undefined, so round and scale first.
 * Gradients are cast back; none flow through integers.
 */
export function cast(x: Value, type: ElementType): Value {
  return x.type === type ? x : apply(castOperator, [x], { to: int(ELEMENT_TYPE_CODES[type]) });
}
