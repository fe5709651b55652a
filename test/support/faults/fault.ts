import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import type { WorkerRound } from '#protocol/worker-messages.ts';
import type { ValidatorPorts } from '#network/validator/validator-desk.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';
import type { Stage } from './stage.ts';

export interface Cast {
  readonly workers: number;
  /** Of the validators, in TAO. */
  readonly stakes: readonly number[];
}

/** Where the run is: the block that comes next. */
export interface At {
  readonly round: number;
  /** In the round. */
  readonly offset: number;
}

export interface Reply {
  readonly worker: number;
  readonly validator: string;
  readonly round: number;
  readonly reply: AnnounceReply;
}

/** What a run of so many rounds came to. */
export interface Outcome {
  readonly rounds: number;
  /** TAO that each worker was paid, in order. */
  readonly rewards: readonly number[];
  /** Held-out loss after each round that was settled, by round. */
  readonly losses: ReadonlyMap<number, number>;
  /** What was settled, by round, as the validators adopted it. */
  readonly manifests: ReadonlyMap<number, Manifest>;
  /** State roots by round: more than one in a round is a split. */
  readonly roots: ReadonlyMap<number, ReadonlySet<string>>;
  readonly replies: readonly Reply[];
  readonly workerRounds: readonly (readonly WorkerRound[])[];
  readonly logs: readonly string[];
  /** What ended a member, in words. */
  readonly deaths: readonly string[];
}

/** Which of the runs of a fault it is. */
export interface Turn {
  /** Which draw of windows from the run's text. */
  readonly text: number;
  /** Of those who take turns; empty where nobody does. */
  readonly hit: readonly number[];
}

/** A run with the fault, and one without on the same text. */
export interface Played extends Turn {
  readonly outcome: Outcome;
  readonly clean: Outcome;
}

export interface Judged {
  readonly name: string;
  readonly measured: string;
  readonly ok: boolean;
}

/** One row of the table. */
export interface Fault {
  readonly name: string;
  /** Why it is not run. */
  readonly skipped?: string;
  readonly cast: Cast;
  /** Workers that are not honest, or not there: what holds for honest ones is not asked of them. */
  readonly faulty: readonly number[];
  /** Validators that are not honest, or not there. */
  readonly faultyValidators?: readonly number[];
  readonly worker?: (n: number, ports: WorkerPorts, stage: Stage) => WorkerPorts;
  readonly validator?: (n: number, ports: ValidatorPorts, stage: Stage) => ValidatorPorts;
  readonly lie?: (n: number, manifest: Manifest) => Manifest;
  /** Before each block. */
  readonly onBlock?: (at: At, stage: Stage) => Promise<void> | void;
  /** What was seen of it; `null`: it never happened, and the row shows nothing. */
  readonly fired: (outcome: Outcome, stage: Stage) => string | null;
  /** Beside what is expected of every run. */
  readonly expect: (outcome: Outcome, clean: Outcome) => readonly Judged[];
  /** Rounds that may end without a manifest. */
  readonly mayLose?: number;
  /**
   * For a fault that changes who is judged beside whom, and so hands out luck anew: each of these groups of workers in turn is hit, on so
   * many texts. What those who are hit lose is then measured together.
   */
  readonly turns?: { readonly groups: readonly (readonly number[])[]; readonly texts: number };
}
