import { open } from 'node:fs/promises';
import { ProtocolError } from '#protocol/errors.ts';

/**
 * Reads a JSON file of unknown origin.
 * @throws ProtocolError that names the file when it is larger than `maxBytes` or no JSON; what the file system throws
 */
export async function readJsonFile(path: string, maxBytes: number): Promise<unknown> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new ProtocolError(`${path} has ${size} bytes, more than ${maxBytes}`);
    const text = await handle.readFile('utf8');
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new ProtocolError(`${path} is not JSON`, { cause });
    throw cause;
  } finally {
    await handle.close();
  }
}
