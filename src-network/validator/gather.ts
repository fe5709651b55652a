import { errorCode, errorMessage, MillraceError, ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { type AnnounceReply, REFUSED_MALFORMED } from '#protocol/peer/announce-protocol.ts';
import { type Announcement, openAnnouncement } from '#protocol/round/announcement.ts';
import { deadlineBlock } from '#protocol/round/clock.ts';
import type { RefusalReason } from '#protocol/score/observation.ts';
import { isUnforeseen } from '#protocol/update/naming-part.ts';
import { maxUpdateBytes, type OpenedUpdate } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD, tokensPerStep, versionProblem } from '#protocol/update/update-header.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import type { Run } from '#worker/run/open-run.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';

/** What became of a round's announcements. */
interface Gathered {
  /** By hotkey. */
  readonly updates: readonly GatheredUpdate[];
  /** Why those who announced, but have no update among them, were refused. */
  readonly refusals: ReadonlyMap<Hotkey, Refusal>;
}

export interface Refusal {
  readonly reason: RefusalReason | 'excused';
  readonly lateByBlocks?: number;
}

export interface GatheredUpdate {
  readonly hotkey: Hotkey;
  readonly blob: BlobHash;
  readonly innerSteps: number;
  /** Which announcement of the round it was: the first of two that are the same is the original. */
  readonly order: number;
  readonly baseRoot: StateRoot;
  /** Outer steps between the state that it starts from and the round's. */
  readonly staleness: number;
  /** Every byte of it was found right. */
  readonly update: OpenedUpdate;
}

export interface GatherPorts {
  readonly blobs: BlobSource;
  readonly updates: UpdateCodec;
  /** Newest block number. */
  readonly block: () => number;
  readonly isRegistered: (hotkey: Hotkey) => boolean;
  /** A warning unless told. */
  readonly log: (message: string, level?: 'error') => void;
}

/** Collects one round's updates: each announcement is checked, its blob fetched and decoded, before it is accepted. */
export interface Gather {
  /** Never throws; every refusal says why, for the owner to read. */
  accept(message: Uint8Array): Promise<AnnounceReply>;
  /** Resolves when nothing that was announced is still being fetched. */
  idle(): Promise<void>;
  /**
   * Ends the round.
   * @throws MillraceError ENGINE when this machine could not check what arrived: nobody else is to blame
   */
  close(): Gathered;
}

/** Each attempt may cost the disk space of one update. */
const MAX_ATTEMPTS = 3;
/** A peer that serves its update slower than this misses the round. */
const FETCH_TIMEOUT_MS = 60_000;

/** @param bases roots of the states that an update may start from, the round's own first, then back step by step */
export function createGather(ports: GatherPorts, run: Run, bases: readonly StateRoot[], round: number): Gather {
  const accepted = new Map<Hotkey, GatheredUpdate>();
  const attempts = new Map<Hotkey, number>();
  const refusals = new Map<Hotkey, Refusal>();
  const inProgress = new Set<Hotkey>();
  const waiting: (() => void)[] = [];
  let order = 0;
  const closing = new AbortController();
  /** Why this machine can check no update any more. */
  let broken: Error | null = null;
  let settled: Gathered | null = null;
  const isClosed = (): boolean => closing.signal.aborted;
  const deadline = deadlineBlock(round, run.spec.round);

  const accept = async (hotkey: Hotkey, announcement: Announcement): Promise<AnnounceReply> => {
    if (announcement.run !== run.id) return refuse('other-run', 'This validator serves another run');
    if (!ports.isRegistered(hotkey)) return refuse('unknown-hotkey', `${hotkey} is not registered in the subnet`);
    if (announcement.round > round) return refuse('wrong-round', `It is round ${round}, not ${announcement.round}`);
    if (announcement.round < round || ports.block() >= deadline || isClosed()) {
      const closedAt = deadlineBlock(announcement.round, run.spec.round);
      const late = ports.block() - closedAt;
      const byHowMuch = `${late} ${late === 1 ? 'block' : 'blocks'} too late`;
      return refuse(
        'late',
        `Round ${announcement.round} closed at block ${closedAt}, it is block ${ports.block()}: ${byHowMuch}`,
      );
    }
    const staleness = bases.indexOf(announcement.baseRoot);
    if (staleness < 0) {
      const most = run.spec.outer.maxStaleness;
      return refuse(
        'stale-state',
        `The update starts neither from the state of round ${round} nor from one of the ${most} steps before it`,
      );
    }
    if (accepted.has(hotkey) || inProgress.has(hotkey))
      return refuse('duplicate', 'This round already has an update of yours');
    const attempt = (attempts.get(hotkey) ?? 0) + 1;
    if (attempt > MAX_ATTEMPTS)
      return refuse('too-many', `At most ${MAX_ATTEMPTS} announcements of a worker in a round`);
    attempts.set(hotkey, attempt);
    const place = order++;
    inProgress.add(hotkey);
    try {
      const bytes = await ports.blobs.get(announcement.blob, {
        from: [announcement.address],
        maxBytes: maxUpdateBytes(run.spec),
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
      });
      const { innerSteps, baseRoot } = announcement;
      const target = { run: run.id, round, shard: ONLY_SHARD, baseRoot, maker: hotkey };
      const otherVersion = versionProblem(bytes);
      if (otherVersion !== null) return refuse('other-version', otherVersion);
      const update = await ports.updates.check(run.spec, target, bytes);
      if (update.tokens !== innerSteps * tokensPerStep(run.spec)) {
        throw new ProtocolError(`The update names ${update.tokens} tokens, its announcement ${innerSteps} inner steps`);
      }
      if (isClosed()) return refuse('late', `The update arrived after round ${round} had closed`);
      accepted.set(hotkey, {
        ...{ hotkey, blob: announcement.blob, innerSteps, order: place, baseRoot, staleness, update },
      });
      return { accepted: true };
    } finally {
      inProgress.delete(hotkey);
      if (inProgress.size === 0) for (const resolve of waiting.splice(0)) resolve();
    }
  };

  /**
   * Remembered as its sender's fault, as far as it is one in this round. What a worker has signed can be sent again by anyone, in any
   * round: nothing that comes later makes a lesser fault of a greater one, or blames for what was excused.
   */
  const note = (opened: Opened | null, reply: AnnounceReply): AnnounceReply => {
    const hotkey = opened?.hotkey ?? null;
    if (reply.accepted) return reply;
    ports.log(`Round ${round}: refused ${hotkey ?? 'an unsigned announcement'}: ${reply.message}`);
    const reason = FAULTS[reply.reason];
    const isOfRound = opened?.announcement.run === run.id && opened.announcement.round === round;
    if (hotkey === null || reason === undefined || !isOfRound || !ports.isRegistered(hotkey)) return reply;
    const before = refusals.get(hotkey);
    if (before === undefined || weightOf(reason) > weightOf(before.reason)) refusals.set(hotkey, { reason });
    return reply;
  };

  return {
    async accept(message) {
      let opened: Opened | null = null;
      try {
        opened = openAnnouncement(message);
        return note(opened, await accept(opened.hotkey, opened.announcement));
      } catch (error) {
        if (error instanceof Error && errorCode(error) === 'ENGINE') broken ??= error;
        if (isClosed()) return note(opened, refuse('late', `Round ${round} closed while the update was on its way`));
        if (opened === null) return note(null, refuse(REFUSED_MALFORMED, errorMessage(error)));
        if (error instanceof ProtocolError && isUnforeseen(error)) ports.log(error.message, 'error');
        if (error instanceof ProtocolError) return note(opened, refuse('bad-update', error.message));
        // Anything else may be about this machine, which is no stranger's business.
        const isOurs = !(error instanceof MillraceError) || error.code === 'STORAGE' || error.code === 'ENGINE';
        if (!isOurs) return note(opened, refuse('not-fetched', error.message));
        ports.log(`Round ${round}: ${errorMessage(error)}`);
        return note(opened, refuse('not-stored', 'The validator failed to store the update'));
      }
    },
    idle: () => (inProgress.size === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
    close() {
      closing.abort();
      if (broken !== null) throw broken;
      // Of what it was at this instant: announcements still come in while the round is judged.
      settled ??= {
        updates: [...accepted.values()].toSorted((a, b) => (a.hotkey < b.hotkey ? -1 : 1)),
        refusals: new Map([...refusals].filter(([hotkey]) => !accepted.has(hotkey))),
      };
      return settled;
    },
  };
}

/** What a refusal says of its sender; any other says nothing. */
const FAULTS: Readonly<Partial<Record<string, Refusal['reason']>>> = {
  'bad-update': 'corrupt',
  'other-version': 'other-version',
  'stale-state': 'wrong-base',
  late: 'late',
  'not-fetched': 'unreachable',
  'not-stored': 'excused',
};

/** The heaviest first. Excused is what this machine is to blame for: only what the worker has done as well counts for more. */
const BY_WEIGHT: readonly Refusal['reason'][] = [
  ...(['corrupt', 'wrong-base', 'other-version', 'excused', 'unreachable', 'late'] as const),
];

const weightOf = (reason: Refusal['reason']): number => BY_WEIGHT.length - BY_WEIGHT.indexOf(reason);

type Opened = ReturnType<typeof openAnnouncement>;

const refuse = (reason: string, message: string): AnnounceReply => ({ accepted: false, reason, message });
