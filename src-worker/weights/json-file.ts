import { ProtocolError } from '#protocol/errors.ts';
import { readRegularFile } from './regular-file.ts';

/**
 * Reads a JSON file of unknown origin.
 * @throws ProtocolError that names the file when it is larger than `maxBytes`, no JSON or no regular file; what the file system
 *   throws
 */
export async function readJsonFile(path: string, maxBytes: number): Promise<unknown> {
  const bytes = await readRegularFile(path, maxBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new ProtocolError(`${path} is not JSON`, { cause });
  }
}
