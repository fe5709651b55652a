import type { WorkerRating } from '#protocol/validator-news.ts';
import type { SettledManifest } from '#protocol/worker-messages.ts';
import type { MemberStatus, ValidatorStatus, WorkerStatus } from './operator/member-status.ts';
import { type Column, table } from './table.ts';
import { shortHash, shortHotkey, whole } from './words.ts';

/** A finished round, of a worker or of the owner's app. */
export interface RoundRow {
  readonly round: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  readonly updateBytes: number;
  readonly score: number | null;
  readonly reputation: number | null;
  readonly scoreReason: string | null;
}

const SHOWN = 5;

const number = <Row>(title: string, text: (row: Row) => string): Column<Row> => ({ title, text, isNumber: true });
const tenths = (value: number | null): string => (value === null ? '–' : value.toFixed(1));
const words = (text: string | null): string => text ?? '';

/** What runs, a line each; then what each has done lately. */
export function describeMembers(members: readonly MemberStatus[]): readonly string[] {
  const workers = members.filter((member) => member.kind === 'worker');
  const validators = members.filter((member) => member.kind === 'validator');
  return [
    ...(validators.length === 0 ? [] : ['Validators', ...indented(table(VALIDATORS, validators)), '']),
    ...(workers.length === 0 ? [] : ['Workers', ...indented(table(WORKERS, workers)), '']),
    ...validators.flatMap(validatorDetails),
    ...workers.flatMap(({ name, rounds }) => section(`Last rounds of ${name}`, describeRounds(rounds))),
  ];
}

export const describeRounds = (rounds: readonly RoundRow[]): readonly string[] =>
  rounds.length === 0 ? [] : table(ROUNDS, rounds.slice(-SHOWN).toReversed());

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...indented(lines), ''];

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

function validatorDetails({ name, manifests, ratedRound, ratings }: ValidatorStatus): readonly string[] {
  const newest = manifests.slice(-SHOWN).toReversed();
  return [
    ...section(`Last manifests of ${name}`, newest.length === 0 ? [] : table(MANIFESTS, newest)),
    ...section(`Ratings of round ${ratedRound ?? 0} by ${name}`, ratings.length === 0 ? [] : table(RATINGS, ratings)),
  ];
}

const STATE: Column<MemberStatus> = {
  title: 'STATE',
  text: ({ state, phase }) => (state === 'running' && phase !== null ? phase : state),
};
const DETAIL: Column<MemberStatus> = { title: 'DETAIL', text: ({ detail }) => words(detail) };
const NAME: Column<MemberStatus> = { title: 'NAME', text: ({ name }) => name };
const ROUND: Column<MemberStatus> = number('ROUND', ({ round }) => String(round ?? '–'));
const PEERS: Column<MemberStatus> = number('PEERS', ({ peers }) => String(peers ?? '–'));

const WORKERS: readonly Column<WorkerStatus>[] = [
  ...[NAME, STATE, ROUND],
  number('STEP', ({ step, steps }) => (step === null ? '–' : `${step}/${steps ?? 0}`)),
  number('LOSS', ({ loss }) => (loss === null ? '–' : loss.toFixed(3))),
  number('TOKENS/S', ({ tokensPerSecond }) => (tokensPerSecond === null ? '–' : whole(tokensPerSecond))),
  number('SCORE', ({ rounds }) => tenths(rounds.at(-1)?.score ?? null)),
  number('REPUTATION', ({ rounds }) => tenths(rounds.at(-1)?.reputation ?? null)),
  ...[PEERS, DETAIL],
];

const VALIDATORS: readonly Column<ValidatorStatus>[] = [
  ...[NAME, STATE, ROUND],
  number('RANK', ({ rank, validators }) => (rank === null ? '–' : `${rank + 1}/${validators ?? 0}`)),
  number('GATHERED', ({ gathered }) => String(gathered)),
  number('REFUSED', ({ refused }) => String(refused)),
  number('SETTLED', ({ settled }) => String(settled)),
  ...[PEERS, DETAIL],
];

const MANIFESTS: readonly Column<SettledManifest>[] = [
  number('ROUND', ({ round }) => String(round)),
  { title: 'MANIFEST', text: ({ hash }) => shortHash(hash) },
  { title: 'STATE ROOT', text: ({ stateRoot }) => shortHash(stateRoot) },
  number('LOSS', ({ evalLoss }) => evalLoss.toFixed(3)),
  number('SELECTED', ({ selected, announced }) => `${selected}/${announced}`),
  number('JUDGED IN', ({ judgeSeconds }) => (judgeSeconds === null ? '–' : `${judgeSeconds.toFixed(1)} s`)),
];

const RATINGS: readonly Column<WorkerRating>[] = [
  { title: 'WORKER', text: ({ hotkey }) => shortHotkey(hotkey) },
  number('SCORE', ({ score }) => tenths(score)),
  number('REPUTATION', ({ reputation }) => tenths(reputation)),
  { title: 'MERGED', text: ({ merged }) => (merged ? 'yes' : 'no') },
  { title: 'WHY', text: ({ reason }) => reason },
];

const ROUNDS: readonly Column<RoundRow>[] = [
  number('ROUND', ({ round }) => String(round)),
  number('LOSS', ({ loss }) => loss.toFixed(3)),
  number('TOKENS/S', ({ tokensPerSecond }) => whole(tokensPerSecond)),
  number('UPDATE', ({ updateBytes }) => `${(updateBytes / 1000).toFixed(1)} kB`),
  number('SCORE', ({ score }) => tenths(score)),
  number('REPUTATION', ({ reputation }) => tenths(reputation)),
  { title: 'WHY', text: ({ scoreReason }) => words(scoreReason) },
];
