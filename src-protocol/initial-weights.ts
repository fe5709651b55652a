import { hashedFloats } from './integer-hash.ts';
import { elementCount, parameterShapes, type ModelConfig } from './model-shape.ts';

/** Salt of the first parameter, as in the reference program whose golden file the tests compare with. */
const FIRST_SALT = 1000;
/** An odd constant (2³² ÷ golden ratio) moves the salts of neighbouring seeds far apart. */
const SEED_STRIDE = 0x9e3779b1;

/**
 * The weights that a run starts from: one float32 array per entry of `parameterShapes`, bit-exact on every machine.
 *
 * @param runSeed an unsigned 32-bit integer; 0 gives the weights of the reference program
 */
export function initialWeights(config: ModelConfig, runSeed: number): readonly Float32Array[] {
  const offset = Math.imul(runSeed, SEED_STRIDE);
  return parameterShapes(config).map(({ shape, initialScale }, index) => {
    const count = elementCount(shape);
    if (initialScale === null) return new Float32Array(count).fill(1);
    return hashedFloats(count, FIRST_SALT + index + offset, initialScale);
  });
}
