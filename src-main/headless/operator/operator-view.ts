import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { COMPANIONS } from '#main/core/devnet-genesis.ts';
import type { Log } from '#main/core/log.ts';
import type { Supervision } from '#main/core/supervision.ts';
import { afterMessage, afterSupervision, type MemberStatus, newMember } from './member-status.ts';
import type { Metrics } from './metrics.ts';
import { writeOperatorFile } from './operator-files.ts';
import { METRICS_PATH, openOperatorServer } from './operator-server.ts';

type Members = readonly { readonly kind: MemberStatus['kind']; readonly name: string }[];

export interface OperatorViewOptions {
  readonly home: string;
  readonly members: Members;
  /** `null`: no metrics are served. */
  readonly metrics: { readonly port: number; readonly of: Metrics } | null;
  readonly log: Log;
}

/** What other programs of this machine may see of the processes that this one runs. */
export interface OperatorView {
  /** `null`: no metrics are served. */
  readonly metricsUrl: string | null;
  readonly see: (name: string, message: ChildMessage) => void;
  readonly supervised: (name: string, state: Supervision) => void;
  /** From now on these and no others. They begin anew, unless they are those that are shown. */
  readonly show: (members: Members) => void;
  close(): Promise<void>;
}

/** Whom a devnet consists of, beside its chain. */
export const DEVNET_MEMBERS: Members = [
  { kind: 'validator', name: 'validator' },
  ...COMPANIONS.map((name) => ({ kind: 'worker', name }) as const),
];

/** @throws MillraceError PORT_IN_USE for the port of the metrics */
export async function openOperatorView({ home, members, metrics, log }: OperatorViewOptions): Promise<OperatorView> {
  let shown = members;
  let statuses = statusesOf(shown);
  const change = (name: string, next: (before: MemberStatus) => MemberStatus): void => {
    const before = statuses.get(name);
    if (before !== undefined) statuses.set(name, next(before));
  };
  const server = await openOperatorServer({
    ...{ port: metrics?.port ?? 0, metrics: metrics?.of ?? null, log },
    members: () => [...statuses.values()],
  }).catch((error: unknown) => {
    if (errorCode(error) !== 'PORT_IN_USE' || metrics === null) throw error;
    const message = `Port ${metrics.port} is in use by another program; choose one with --metrics-port`;
    throw new MillraceError('PORT_IN_USE', message);
  });
  const removeFile = announce(home, server, log);

  return {
    metricsUrl: metrics === null ? null : `http://127.0.0.1:${server.port}${METRICS_PATH}`,
    see: (name, message) => {
      change(name, (before) => afterMessage(before, message));
      metrics?.of.see(message);
    },
    supervised: (name, state) => {
      change(name, (before) => afterSupervision(before, state));
      if (state.kind === 'restarting') metrics?.of.restarted();
    },
    show: (next) => {
      if (next === shown) return;
      shown = next;
      statuses = statusesOf(next);
    },
    close: async () => {
      removeFile();
      await server.close();
    },
  };
}

const statusesOf = (members: Members): Map<string, MemberStatus> =>
  new Map(members.map(({ kind, name }) => [name, newMember(kind, name)]));

/** Nobody stops working because `millrace status` cannot find them. */
function announce(home: string, endpoint: Parameters<typeof writeOperatorFile>[1], log: Log): () => void {
  try {
    return writeOperatorFile(home, endpoint);
  } catch (error) {
    log('warning', `\`millrace status\` will not show this process: ${errorMessage(error)}`);
    return () => undefined;
  }
}
