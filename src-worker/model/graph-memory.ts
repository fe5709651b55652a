import { elementCount } from '#protocol/model-shape.ts';
import { ELEMENT_BYTES } from '#worker/graph/element-type.ts';
import type { Node } from '#worker/graph/operator.ts';
import { nodesLeadingTo } from '#worker/graph/order.ts';
import type { Value } from '#worker/graph/value.ts';

/** Kernels of onnxruntime's CPU that may write over an input of the same shape (`MayInplace`). One that is missing here costs a little too much. */
const IN_PLACE: ReadonlySet<string> = new Set(
  'Add Sub Mul Div Neg Sigmoid Exp Log Sqrt Reciprocal Softmax LogSoftmax'.split(' '),
);
/** Nodes whose output is their input under another shape (`Alias`). */
const ALIAS: ReadonlySet<string> = new Set(['Reshape', 'Identity']);
/** Constants up to this many elements are equal if their elements are, as in the file. */
const SMALL_CONSTANT_ELEMENTS = 64;

export interface GraphMemory {
  /** Most bytes that values between inputs and outputs need at once. Inputs and outputs belong to the caller. */
  readonly peakBytes: number;
  readonly constantBytes: number;
}

/** A piece of memory that values share one after the other. */
interface Buffer {
  readonly sizeBytes: number;
  readonly type: string;
  readonly from: number;
  to: number;
  /** Reads to come. */
  uses: number;
  /** An input, an output or a constant: no memory of the run. */
  readonly outside: boolean;
}

/**
 * What a run of the graph needs, by a liveness pass over its nodes in the order in which onnxruntime runs them. Follows the
 * rules of onnxruntime's planner (allocation_planner.cc): outputs are bound; reshaped values share memory; elementwise nodes
 * write over an input that nobody reads again; what is no longer read is given to the next value of equal type and shape.
 */
export function graphMemory(outputs: readonly Value[]): GraphMemory {
  const { nodes, same } = distinctNodes(outputs);
  const order = runOrder(nodes, same);
  const uses = new Map<Value, number>();
  for (const { inputs } of order) for (const value of inputs.map(same)) uses.set(value, (uses.get(value) ?? 0) + 1);
  const bound = new Set(outputs.map(same));
  const buffers = new Map<Value, Buffer>();
  const own: Buffer[] = [];
  const free: Buffer[] = [];
  const bufferOf = (value: Value): Buffer => buffers.get(same(value)) ?? outsideBuffer();

  for (const [step, node] of order.entries()) {
    for (const output of node.outputs) {
      const type = typeText(output);
      let buffer = bound.has(output) ? outsideBuffer() : (reusable(node, type, bufferOf) ?? takeFree(free, type));
      if (buffer === undefined) {
        const sizeBytes = elementCount(output.shape) * ELEMENT_BYTES[output.type];
        buffer = { sizeBytes, type, from: step, to: step, uses: 0, outside: false };
        own.push(buffer);
      }
      buffer.uses += uses.get(output) ?? 0;
      buffers.set(output, buffer);
    }
    const touched = new Set([...node.inputs, ...node.outputs].map(bufferOf));
    for (const value of node.inputs) bufferOf(value).uses -= 1;
    for (const buffer of touched) {
      buffer.to = step;
      if (!buffer.outside && buffer.uses === 0) free.unshift(buffer);
    }
  }
  const constants = new Set(order.flatMap(({ inputs }) => inputs.filter(({ source }) => source.kind === 'constant')));
  const constantBytes = [...constants].reduce(
    (sum, { type, shape }) => sum + elementCount(shape) * ELEMENT_BYTES[type],
    0,
  );
  return { peakBytes: peak(own, order.length), constantBytes };
}

const outsideBuffer = (): Buffer => ({ sizeBytes: 0, type: '', from: 0, to: 0, uses: 0, outside: true });
const typeText = ({ type, shape }: Value): string => `${type} ${shape.join()}`;

/** Memory of an input that the node's output may take. */
function reusable({ operator, inputs }: Node, type: string, bufferOf: (value: Value) => Buffer): Buffer | undefined {
  const [first] = inputs;
  if (ALIAS.has(operator.name) && first !== undefined) return bufferOf(first);
  if (!IN_PLACE.has(operator.name)) return undefined;
  return inputs.map(bufferOf).find((buffer) => !buffer.outside && buffer.uses === 1 && buffer.type === type);
}

function takeFree(free: Buffer[], type: string): Buffer | undefined {
  const index = free.findIndex((buffer) => buffer.type === type);
  return index < 0 ? undefined : free.splice(index, 1)[0];
}

function peak(buffers: readonly Buffer[], steps: number): number {
  const change = new Float64Array(steps + 1);
  for (const { from, to, sizeBytes } of buffers) {
    change[from] = (change[from] ?? 0) + sizeBytes;
    change[to + 1] = (change[to + 1] ?? 0) - sizeBytes;
  }
  let [live, most] = [0, 0];
  for (const bytes of change) {
    live += bytes;
    most = Math.max(most, live);
  }
  return most;
}

/** The nodes as the file has them: equal expressions once. `same` gives the value that stands for a value. */
function distinctNodes(outputs: readonly Value[]): {
  readonly nodes: readonly Node[];
  readonly same: (value: Value) => Value;
} {
  const standIns = new Map<Value, Value>();
  const texts = new Map<Value, string>();
  const written = new Map<string, Node>();
  const same = (value: Value): Value => standIns.get(value) ?? value;
  const textOf = (given: Value): string => {
    const value = same(given);
    const { source } = value;
    const known = texts.get(value);
    if (known !== undefined) return known;
    const isSmall = source.kind === 'constant' && source.data.length <= SMALL_CONSTANT_ELEMENTS;
    const text = isSmall ? `${typeText(value)}: ${source.data.join()}` : `#${texts.size}`;
    texts.set(value, text);
    return text;
  };
  const nodes = nodesLeadingTo(outputs).filter((node) => {
    const key = JSON.stringify([node.operator.name, node.inputs.map(textOf), node.attributes]);
    const before = written.get(key);
    for (const [index, output] of before?.outputs.entries() ?? []) {
      const duplicate = node.outputs[index];
      if (duplicate !== undefined) standIns.set(duplicate, output);
    }
    if (before === undefined) written.set(key, node);
    return before === undefined;
  });
  return { nodes, same };
}

/** onnxruntime's default order: depth first against the flow, from the last node of the file that nobody reads. */
function runOrder(nodes: readonly Node[], same: (value: Value) => Value): readonly Node[] {
  const place = new Map(nodes.map((node, index) => [node, index]));
  const sources = (node: Node): readonly Node[] => {
    const found = new Set<Node>();
    for (const { source } of node.inputs.map(same)) if (source.kind === 'node') found.add(source.node);
    return [...found].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  };
  const read = new Set(nodes.flatMap(sources));
  const stack = nodes.filter((node) => !read.has(node)).map((node) => ({ node, leaving: false }));
  const entered = new Set<Node>();
  const order: Node[] = [];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.leaving) {
      order.push(top.node);
    } else if (!entered.has(top.node)) {
      entered.add(top.node);
      stack.push({ node: top.node, leaving: true });
      for (const node of sources(top.node)) if (!entered.has(node)) stack.push({ node, leaving: false });
    }
  }
  return order;
}
