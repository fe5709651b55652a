import { GraphError } from '../graph-error.ts';
import type { Node } from '../operator.ts';
import { nodesLeadingTo } from '../order.ts';
import type { ConstantData, Value } from '../value.ts';
import { nodeMessage, tensorMessage, valueInfoMessage } from './messages.ts';
import { MessageWriter } from './protobuf.ts';

/** Opset 18 has every form that we use (axes as inputs, additive scatter) and is known to all execution providers. */
const OPSET_VERSION = 18;
/** The file format that came with opset 18. */
const IR_VERSION = 8;
/** Constants up to this many elements are compared by content, so that equal ones are written once. */
const SMALL_CONSTANT_ELEMENTS = 64;

/**
 * Writes a graph as an ONNX ModelProto. Equal subexpressions are written once; what leads to no output is left out.
 *
 * @param inputs all inputs that the outputs may use, in the order of the file
 * @param outputs name → value
 * @throws GraphError if an output needs an input that is not listed
 */
export function writeModel(inputs: readonly Value[], outputs: Readonly<Record<string, Value>>): Uint8Array {
  const graph = new GraphWriter(inputs, outputs).write();
  const opset = new MessageWriter().string(1, '').integer(2, OPSET_VERSION); // domain, version
  return new MessageWriter()
    .integer(1, IR_VERSION) // ir_version
    .string(2, 'millrace') // producer_name
    .message(7, graph) // graph
    .message(8, opset) // opset_import
    .finish();
}

class GraphWriter {
  readonly #inputs: readonly Value[];
  readonly #outputs: Readonly<Record<string, Value>>;
  readonly #message = new MessageWriter();
  readonly #names = new Map<Value, string>();
  readonly #outputNames = new Map<Value, string>();
  /** From the text of an expression or small constant to the names of its values. */
  readonly #written = new Map<string, readonly string[]>();
  #count = 0;

  constructor(inputs: readonly Value[], outputs: Readonly<Record<string, Value>>) {
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  write(): MessageWriter {
    const message = this.#message;
    for (const value of this.#inputs) {
      if (value.source.kind !== 'input') throw new GraphError('writeModel', `a ${value.source.kind} is given as input`);
      this.#names.set(value, value.source.name);
    }
    for (const [name, value] of Object.entries(this.#outputs)) {
      if (value.source.kind === 'node' && !this.#outputNames.has(value)) this.#outputNames.set(value, name);
    }
    for (const node of nodesLeadingTo(Object.values(this.#outputs))) this.#writeNode(node);
    for (const [name, value] of Object.entries(this.#outputs)) {
      // An output that is an input, or the same as another output, has another name already.
      if (this.#nameOf(value) !== name) message.message(1, nodeMessage('Identity', [this.#nameOf(value)], [name], {}));
    }
    message.string(2, 'millrace'); // name
    for (const value of this.#inputs) message.message(11, valueInfoMessage(this.#nameOf(value), value)); // input
    for (const [name, value] of Object.entries(this.#outputs)) message.message(12, valueInfoMessage(name, value)); // output
    return message;
  }

  #writeNode(node: Node): void {
    const inputs = node.inputs.map((value) => this.#nameOf(value));
    const key = JSON.stringify([node.operator.name, inputs, node.attributes]);
    let outputs = this.#written.get(key);
    if (outputs === undefined) {
      outputs = node.outputs.map((output) => this.#outputNames.get(output) ?? this.#newName());
      this.#written.set(key, outputs);
      this.#message.message(1, nodeMessage(node.operator.name, inputs, outputs, node.attributes)); // node
    }
    for (const [index, output] of node.outputs.entries()) this.#names.set(output, outputs[index] ?? '');
  }

  #nameOf(value: Value): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    if (value.source.kind === 'input') throw new GraphError('writeModel', `input ${value.source.name} is not listed`);
    if (value.source.kind === 'node')
      throw new GraphError(value.source.node.operator.name, 'is used before it is written');
    const name = this.#writeConstant(value, value.source.data);
    this.#names.set(value, name);
    return name;
  }

  #writeConstant(value: Value, data: ConstantData): string {
    const key = data.length > SMALL_CONSTANT_ELEMENTS ? null : `${value.type} [${value.shape.join()}] ${data.join()}`;
    const [same] = (key === null ? undefined : this.#written.get(key)) ?? [];
    if (same !== undefined) return same;
    const name = this.#newName();
    if (key !== null) this.#written.set(key, [name]);
    this.#message.message(5, tensorMessage(name, value, data)); // initializer
    return name;
  }

  #newName(): string {
    return `v${this.#count++}`;
  }
}
