import * as v from 'valibot';
import { errorCode } from '#protocol/errors.ts';
import type { Endpoint } from '../endpoint-file.ts';
import type { MemberStatus } from './member-status.ts';
import { readOperatorFiles } from './operator-files.ts';
import { OPERATOR_STATUS_PATH, type OperatorAnswer } from './operator-server.ts';

const TIMEOUT_MS = 5_000;

export interface AskedOperators {
  readonly members: readonly MemberStatus[];
  /** Processes that run, but do not answer. */
  readonly silent: number;
}

/** Asks every process that runs workers or validators with this data folder. Files of those that are gone are cleared away. */
export async function askOperators(home: string, interrupted: AbortSignal): Promise<AskedOperators> {
  const answers = await Promise.all(
    readOperatorFiles(home).map(async (file) => {
      try {
        return await ask(file.endpoint, interrupted);
      } catch (error) {
        interrupted.throwIfAborted();
        // Nobody listens there: it was killed before it could remove the file.
        if (!isRefused(error)) return null;
        file.remove();
        return [];
      }
    }),
  );
  return {
    members: answers.flatMap((members) => members ?? []),
    silent: answers.filter((members) => members === null).length,
  };
}

/** As written by our own program, of the same version as a rule; only its outline is worth a check. */
const outline = v.object({
  members: v.array(v.object({ kind: v.picklist(['worker', 'validator']), name: v.string() })),
});

async function ask({ port, ownerSecret }: Endpoint, interrupted: AbortSignal): Promise<readonly MemberStatus[]> {
  const response = await fetch(`http://127.0.0.1:${port}${OPERATOR_STATUS_PATH}`, {
    headers: { Authorization: `Bearer ${ownerSecret}` },
    signal: AbortSignal.any([interrupted, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const answer: unknown = await response.json();
  if (!v.is(outline, answer)) throw new Error('its answer makes no sense');
  return (answer as unknown as OperatorAnswer).members;
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && errorCode(error.cause) === 'ECONNREFUSED';
