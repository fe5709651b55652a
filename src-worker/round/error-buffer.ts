import { mkdir, readFile, rename, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesOf, concatBytes, float32At, fromHex, toHex } from '#protocol/bytes.ts';
import { sha256 } from '#protocol/hash.ts';
import type { RunId } from '#protocol/ids.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import type { Run } from '../run/open-run.ts';
import { sharedFloats } from '../update/shared-memory.ts';

/**
 * What error feedback has not sent yet, kept over restarts; in shared memory, where threads change it. The file: run id, float32 values of all tensors, SHA-256 of both.
 * It is replaced in one rename, so that after a crash it holds either the buffer before the round or the one after it.
 */
export async function loadErrorBuffer(path: string, run: Run): Promise<readonly Float32Array[]> {
  const sizes = parameterShapes(run.spec.model).map(({ shape }) => elementCount(shape));
  const empty = (): readonly Float32Array[] => sizes.map(sharedFloats);
  let file: Uint8Array;
  try {
    file = await readFile(path);
  } catch {
    return empty(); // the first start, or the file is gone: only unsent remainders are lost
  }
  const bodyBytes = RUN_BYTES + 4 * sizes.reduce((sum, size) => sum + size, 0);
  if (file.length !== bodyBytes + HASH_BYTES) return empty();
  const body = file.subarray(0, bodyBytes);
  if (toHex(sha256(body)) !== toHex(file.subarray(bodyBytes))) return empty();
  if (toHex(body.subarray(0, RUN_BYTES)) !== run.id) return empty();
  let offset = RUN_BYTES;
  return sizes.map((size) => {
    const values = sharedFloats(size);
    values.set(float32At(body, offset, size));
    offset += 4 * size;
    return values;
  });
}

export async function saveErrorBuffer(path: string, run: RunId, errors: readonly Float32Array[]): Promise<void> {
  const body = concatBytes(fromHex(run), ...errors.map(bytesOf));
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(body);
    await handle.writeFile(sha256(body));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

const RUN_BYTES = 32;
const HASH_BYTES = 32;
