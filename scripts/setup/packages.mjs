// @ts-check
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './command.mjs';
import { root } from './places.mjs';
import { say, secondsSince, SetUpError } from './say.mjs';

const stampFile = join(root, 'node_modules/.millrace-lock');
const timeoutMs = 20 * 60_000;

/** What node_modules must have been made from: this lock file, on this kind of machine. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function currentStamp() {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

/** Installs exactly the packages of the lock file, unless they are already there. */
export async function ensurePackages() {
  const wanted = wantedStamp();
  if (currentStamp() === wanted) return;
  const startedMs = performance.now();
  say('installing packages (a minute or two, once) …');
  // onnxruntime-node would fetch 300 MB of CUDA from elsewhere.
  const { ok, output } = await npm(['ci', '--no-audit', '--no-fund'], {
    timeoutMs,
    env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (!ok) {
    throw new SetUpError(
      `npm could not install the packages. It said:\n${output}`,
      'Check the network and the disk, then start again: nothing is left half done.',
    );
  }
  writeFileSync(stampFile, wanted);
  say(`packages installed in ${secondsSince(startedMs)}`);
}
