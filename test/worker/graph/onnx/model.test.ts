import { expect, test } from 'vitest';
import { writeModel } from '#worker/graph/onnx/model.ts';
import { add, multiply } from '#worker/graph/operators/arithmetic.ts';
import { matMul } from '#worker/graph/operators/matmul.ts';
import { exponential } from '#worker/graph/operators/unary.ts';
import { input, scalar } from '#worker/graph/value.ts';
import { loadGraph } from '../run-graph.ts';

const x = input('x', 'float32', [2, 3]);
const w = input('w', 'float32', [2, 3]);

test('a small graph has the bytes of the ONNX format, field by field', () => {
  const model = writeModel([x], { y: add(x, scalar(1, 'float32')) });
  const text = (value: string): string => Buffer.from(value).toString('hex');
  const expected = [
    '0808', // ir_version: 8
    `1208${text('millrace')}`, // producer_name
    '3a58', // graph: 88 bytes
    `2a0e0a001001` + `4202${text('v0')}` + '4a040000803f', // initializer: dims [], FLOAT, name v0, raw_data 1.0
    `0a12` + `0a01${text('x')}` + `0a02${text('v0')}` + `1201${text('y')}`, // node: inputs x and v0, output y,
    `1a01${text('y')}` + `2203${text('Add')}`, // … name y, op_type Add
    `1208${text('millrace')}`, // name
    `5a13` + `0a01${text('x')}` + '120e0a0c080112080a0208020a020803', // input: x, FLOAT, [2, 3]
    `6213` + `0a01${text('y')}` + '120e0a0c080112080a0208020a020803', // output: y, FLOAT, [2, 3]
    '42040a001012', // opset_import: domain "", version 18
  ].join('');
  expect(Buffer.from(model).toString('hex')).toBe(expected);
});

test('equal subexpressions and constants are written once', () => {
  const product = () => multiply(exponential(x), scalar(3, 'float32'));
  const once = writeModel([x], { y: add(product(), exponential(x)) });
  const shared = product();
  const [base] = [writeModel([x], { y: add(shared, exponential(x)) })];
  expect(once).toEqual(base);
  expect(Buffer.from(once).toString('latin1').split('Exp').length - 1).toBe(1);
});

test('what leads to no output is left out', () => {
  exponential(x);
  const model = writeModel([x], { y: add(x, x) });
  expect(Buffer.from(model).toString('latin1')).not.toContain('Exp');
});

test('an output may be an input, and two outputs the same value', async () => {
  const doubled = add(x, x);
  const graph = await loadGraph([x], { same: x, a: doubled, b: doubled });
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const results = await graph.run([data]);
  expect(results).toEqual({ same: data, a: data.map((v) => 2 * v), b: data.map((v) => 2 * v) });
  await graph.release();
});

test('an input that is not listed is refused by its name', () => {
  expect(() => writeModel([x], { y: matMul(x, w, { transposeB: true }) })).toThrow('writeModel: input w is not listed');
});
