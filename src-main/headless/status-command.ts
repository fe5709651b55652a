import { existsSync } from 'node:fs';
import * as v from 'valibot';
import type { AppState } from '#protocol/contract/state.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { formatTao, parseRao } from '#protocol/units.ts';
import { isHomeLocked } from '#main/core/home-lock.ts';
import { EXIT_DONE, type CommandContext } from './command-context.ts';
import { readDashboardFile } from './dashboard-file.ts';
import { STATUS_PATH, type StatusAnswer } from './dashboard/http-handler.ts';
import type { Endpoint } from './endpoint-file.ts';
import { askOperators } from './operator/ask-operators.ts';
import { describeMembers, describeRounds } from './status-tables.ts';
import { describeWork, whole } from './words.ts';

const TIMEOUT_MS = 5_000;

/** `millrace status`: asks whatever runs with this data folder. @throws MillraceError TIMEOUT when the app does not answer */
export async function showStatus(home: string, { output, interrupted }: CommandContext): Promise<number> {
  const { members, silent } = await askOperators(home, interrupted);
  const isLocked = isHomeLocked(home);
  const file = isLocked ? readDashboardFile(home) : null;
  const answer = file === null ? null : await ask(file, interrupted);

  const running = isLocked || members.length > 0 || silent > 0;
  const app = isLocked ? { url: answer?.url ?? null, state: answer?.state ?? null } : {};
  output.event('status', { running, home, ...app, members, silent });

  if (!running) {
    output.line(
      existsSync(home)
        ? `Nothing runs with the data folder ${home}.`
        : `Nothing runs: there is no data folder ${home}.`,
    );
    output.line(
      'Start earning with `millrace run`, a network to try things with `millrace devnet`; or pass the --home of what runs.',
    );
    return EXIT_DONE;
  }
  if (answer !== null) for (const line of describeApp(answer)) output.line(line);
  for (const line of describeMembers(members)) output.line(line);
  if (isLocked && answer === null && members.length === 0) {
    output.line(
      `Millrace is running with the data folder ${home}, in its own window or without a dashboard: look there.`,
    );
  }
  if (silent > 0) {
    output.line(
      `${silent} more ${silent === 1 ? 'process does' : 'processes do'} not answer: busy, or hung. Ask again; if it stays so, restart it.`,
    );
  }
  return EXIT_DONE;
}

function describeApp({ url, state }: StatusAnswer): readonly string[] {
  const { totalRao, todayRao } = state.earnings;
  return [
    `Millrace: ${describeWork(state.work)}`,
    ...describeProgress(state),
    `Earned ${formatTao(parseRao(totalRao))} TAO, today ${formatTao(parseRao(todayRao))} TAO`,
    `Dashboard: ${url}`,
    '',
    ...(state.rounds.length === 0
      ? ['No round is finished yet: the first one takes a minute from the start.', '']
      : ['Last rounds', ...describeRounds(state.rounds).map((line) => `  ${line}`), '']),
  ];
}

function describeProgress({ progress, network }: AppState): readonly string[] {
  if (progress === null) return [];
  const { round, phase, step, steps, loss, tokensPerSecond } = progress;
  const parts = [
    ...[`round ${round}`, phase, `step ${step}/${steps}`],
    ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
    ...(tokensPerSecond === null ? [] : [`${whole(tokensPerSecond)} tokens/s`]),
    `${network.peers} peers`,
  ];
  return [parts.join('   ')];
}

async function ask({ port, ownerSecret }: Endpoint, interrupted: AbortSignal): Promise<StatusAnswer> {
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
    const advice = 'If it stays so, restart it; its log says more';
    throw new MillraceError('TIMEOUT', `Millrace is running, but does not answer: ${errorMessage(cause)}. ${advice}`, {
      cause,
    });
  }
}
