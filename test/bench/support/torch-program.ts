import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 300_000;

/**
 * Runs a PyTorch program whose command line stands in an environment variable.
 * @returns the JSON that it prints @throws with the reason when it is not there or does not run
 */
export async function runTorchProgram(variable: string, args: readonly string[]): Promise<unknown> {
  const command = process.env[variable];
  if (command === undefined) throw new Error(`${variable} is not set`);
  const [program = '', ...leading] = command.split(' ');
  const { stdout } = await promisify(execFile)(program, [...leading, ...args], { timeout: TIMEOUT_MS });
  return JSON.parse(stdout) as unknown;
}
