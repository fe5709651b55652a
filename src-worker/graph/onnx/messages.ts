import { assertNever } from '#protocol/assert-never.ts';
import { ELEMENT_TYPE_CODES } from '../element-type.ts';
import type { Attribute } from '../operator.ts';
import type { ConstantData, TensorType, Value } from '../value.ts';
import { MessageWriter } from './protobuf.ts';

/** Field numbers are those of `onnx.proto` (ONNX 1.x), named beside each use. */

export function nodeMessage(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): MessageWriter {
  const node = new MessageWriter();
  for (const name of inputs) node.string(1, name); // input
  for (const name of outputs) node.string(2, name); // output
  node.string(3, outputs[0] ?? ''); // name
  node.string(4, operator); // op_type
  for (const [name, attribute] of Object.entries(attributes)) node.message(5, attributeMessage(name, attribute));
  return node;
}

function attributeMessage(name: string, attribute: Attribute): MessageWriter {
  const message = new MessageWriter().string(1, name);
  switch (attribute.kind) {
    case 'int':
      return message.integer(3, attribute.value).integer(20, 2); // i, type INT
    case 'string':
      return message.string(4, attribute.value).integer(20, 3); // s, type STRING
    case 'ints':
      for (const value of attribute.value) message.integer(8, value); // ints
      return message.integer(20, 7); // type INTS
    default:
      return assertNever(attribute, 'attribute');
  }
}

/** A TensorProto with its elements as raw little-endian bytes. */
export function tensorMessage(name: string, value: Value, data: ConstantData): MessageWriter {
  return new MessageWriter()
    .packed(1, value.shape) // dims
    .integer(2, ELEMENT_TYPE_CODES[value.type]) // data_type
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)); // raw_data
}

/** A ValueInfoProto: the name and type of an input or output of the graph. */
export function valueInfoMessage(name: string, { type, shape }: TensorType): MessageWriter {
  const dimensions = new MessageWriter();
  for (const extent of shape) dimensions.message(1, new MessageWriter().integer(1, extent)); // dim { dim_value }
  const tensor = new MessageWriter().integer(1, ELEMENT_TYPE_CODES[type]).message(2, dimensions); // elem_type, shape
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensor)); // type { tensor_type }
}
