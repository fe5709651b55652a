import * as v from 'valibot';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { formatTao, parseRao } from '#protocol/units.ts';
import { existsSync } from 'node:fs';
import { isHomeLocked } from '#main/core/home-lock.ts';
import { EXIT_DONE, type CommandContext } from './command-context.ts';
import { readDashboardFile, type DashboardFile } from './dashboard-file.ts';
import { STATUS_PATH, type StatusAnswer } from './dashboard/http-handler.ts';
import { describeRound, describeWork } from './words.ts';

const TIMEOUT_MS = 5_000;

/** `millrace status`: asks the running Millrace of this data folder. @throws MillraceError TIMEOUT when it does not answer */
export async function showStatus(home: string, { output, interrupted }: CommandContext): Promise<number> {
  if (!existsSync(home) || !isHomeLocked(home)) {
    output.event('status', { running: false, home });
    output.line(`Millrace is not running with the data folder ${home}.`);
    return EXIT_DONE;
  }
  const file = readDashboardFile(home);
  if (file === null) {
    output.event('status', { running: true, home, url: null, state: null });
    output.line(`Millrace is running with the data folder ${home}, in its own window or without a dashboard.`);
    return EXIT_DONE;
  }
  const { url, state } = await ask(file, interrupted);
  output.event('status', { running: true, home, url, state });
  output.line(describeWork(state.work));
  const last = state.rounds.at(-1);
  if (last !== undefined) output.line(describeRound(last));
  const { totalRao, todayRao } = state.earnings;
  output.line(`Earned ${formatTao(parseRao(totalRao))} TAO, today ${formatTao(parseRao(todayRao))} TAO`);
  output.line(`Dashboard: ${url}`);
  return EXIT_DONE;
}

async function ask({ port, ownerSecret }: DashboardFile, interrupted: AbortSignal): Promise<StatusAnswer> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${STATUS_PATH}`, {
      headers: { Authorization: `Bearer ${ownerSecret}` },
      signal: AbortSignal.any([interrupted, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const answer: unknown = await response.json();
    // The state is our own program's, of the same version as a rule; only its outline is worth a check.
    if (!v.is(v.object({ url: v.string(), state: v.object({ work: v.object({ kind: v.string() }) }) }), answer)) {
      throw new Error('its answer makes no sense');
    }
    return answer as unknown as StatusAnswer;
  } catch (cause) {
    throw new MillraceError('TIMEOUT', `Millrace is running, but does not answer: ${errorMessage(cause)}`, { cause });
  }
}
