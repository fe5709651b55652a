import { existsSync, readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { validatorStartSchema, workerStartSchema } from '#protocol/start-messages.ts';
import type { ValidatorStart, WorkerStart } from '#protocol/worker-messages.ts';

const MAX_CONFIG_BYTES = 64 * 1024;

/**
 * Reads the configuration of a worker or validator, whole: the process would check it too, but only to be started again and again.
 * @throws MillraceError USAGE naming every field that is wrong, and what belongs into it; no value, because one is a secret
 */
export function readConfig(path: string, kind: 'worker' | 'validator'): WorkerStart | ValidatorStart {
  const message = readJson(path);
  const problems = problemsOf(message, kind);
  if (problems.length > 0) {
    throw new MillraceError('USAGE', `${path} is no configuration of a ${kind}: ${problems.join('; ')}. See --help`);
  }
  return message as WorkerStart | ValidatorStart;
}

function problemsOf(message: unknown, kind: 'worker' | 'validator'): readonly string[] {
  if (!v.is(v.object({ kind: v.literal(`start-${kind}`) }), message)) {
    return [`it does not hold {"kind":"start-${kind}", …}`];
  }
  const parsed = v.safeParse(kind === 'worker' ? workerStartSchema : validatorStartSchema, message);
  if (!parsed.success) return [...new Set(parsed.issues.map(problemOf))];
  const { output } = parsed;
  const urls = [output.chainUrl, ...(output.chainFallbackUrls ?? [])];
  const found = output.kind === 'start-validator' ? output.found : null;
  return [
    ...(isChainUrl(output.chainUrl) ? [] : [must('chainUrl')]),
    ...(urls.slice(1).every(isChainUrl) ? [] : [must('chainFallbackUrls')]),
    ...(LISTENS.test(output.listenAddress) ? [] : [must('listenAddress')]),
    ...(found === null || existsSync(found.textPath) ? [] : ['"found.textPath" names nothing that is there']),
    ...(found === null || found.trainBlocks < found.roundBlocks
      ? []
      : ['"found.trainBlocks" must be less than "found.roundBlocks"']),
  ];
}

const isChainUrl = (text: string): boolean => /^wss?:\/\/\S+$/.test(text) && URL.canParse(text);
const LISTENS = /^\/ip[46]\/[^/]+\/tcp\/\d{1,5}$/;

function problemOf(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') return `it has "${field}", which is no field`;
  if (issue.received === 'undefined') return `"${field}" is missing: ${meaningOf(field)}`;
  return must(field);
}

const must = (field: string): string => `"${field}" must be ${meaningOf(field)}`;

const meaningOf = (field: string): string =>
  MEANINGS[field] ?? MEANINGS[field.replace(/\.\d+$/, '')] ?? 'something else';

const DIGITS = '64 hex digits, small letters, without 0x';
const BLOCKS = 'a whole number of blocks from 1 on';

/** What belongs into each field. */
const MEANINGS: Readonly<Record<string, string>> = {
  chainUrl: 'the address of a node of the chain, such as "wss://…" or "ws://127.0.0.1:9944"',
  chainFallbackUrls: 'a list of at most five addresses of nodes, such as ["wss://…"]',
  genesisHash: DIGITS,
  netuid: 'the number of the subnet, from 0 to 65535, without quotes',
  dataDir: 'the path of a folder',
  hotkeySeedHex: `the hotkey’s seed, ${DIGITS}`,
  threads: 'a whole number from 1 to 256, without quotes',
  listenAddress: 'where to listen, such as "/ip4/0.0.0.0/tcp/4001"; port 0 is any free one',
  bootstrap: 'a list of at most 64 addresses of peers, such as ["/ip4/…/tcp/…/p2p/…"]',
  blobQuotaBytes: 'a whole number of bytes',
  expectsRun: 'true or false',
  cpuOnly: 'true or false',
  workShare: 'a number above 0 and at most 1',
  vramBytes: 'a whole number of bytes',
  found: 'null, or {"textPath":"…","roundBlocks":300,"trainBlocks":200}',
  'found.textPath': 'the path of a text, or of a folder of texts',
  'found.roundBlocks': BLOCKS,
  'found.trainBlocks': BLOCKS,
};

function readJson(path: string): unknown {
  try {
    const { mode, size } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new MillraceError('USAGE', `${path} holds a secret, but others may read it: chmod 600 ${path}`);
    }
    if (size > MAX_CONFIG_BYTES) throw new MillraceError('USAGE', `${path} is too large for a configuration`);
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    // Not the parser's message: it quotes the text, which holds a seed.
    const why = error instanceof SyntaxError ? 'it is not JSON. See --help for what it holds' : errorMessage(error);
    throw new MillraceError('USAGE', `The configuration ${path} cannot be read: ${why}`);
  }
}
