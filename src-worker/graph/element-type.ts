/** The element types that our graphs use, under the names of onnxruntime, with their codes in `onnx.proto` (TensorProto.DataType). */
export const ELEMENT_TYPE_CODES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPE_CODES;

/** The type of an ONNX code, or undefined for a type that our graphs do not use. */
export function elementTypeOfCode(code: number): ElementType | undefined {
  const types = Object.keys(ELEMENT_TYPE_CODES) as ElementType[];
  return types.find((type) => ELEMENT_TYPE_CODES[type] === code);
}

export function isFloat(type: ElementType): boolean {
  return type === 'float16' || type === 'float32' || type === 'float64';
}

/** Of one element. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  ...{ float64: 8, int64: 8, float32: 4, int32: 4, float16: 2, int8: 1, uint8: 1, bool: 1 },
};
