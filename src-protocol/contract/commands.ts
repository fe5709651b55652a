import * as v from 'valibot';
import { endpointProblem, MAX_ENDPOINT_CHARACTERS, MAX_ENDPOINTS } from './endpoints.ts';
import { extensionCommands } from './extension.ts';
import { CHAIN_NAMES, MAX_DISK_GIB, MIN_DISK_GIB, MIN_WORK_SHARE, type AppState } from './state.ts';
import { keyCommands, type KeyResults } from './keys.ts';
import { walletCommands, type WalletResults } from './wallet.ts';

const endpoint = v.pipe(
  v.string(),
  v.maxLength(MAX_ENDPOINT_CHARACTERS),
  v.check(
    (text) => endpointProblem(text) === null,
    ({ input }) => endpointProblem(input) ?? 'no address of a chain',
  ),
);

/**
 * The one table of commands that a client (the renderer, a test, a script) may send to main.
 * Electron IPC and the loopback WebSocket both derive from it: a rename breaks compilation everywhere.
 * Each line: the schema of the request payload. Every reply is `{ok: true}`, with a `value` where `CommandResults` has one, or
 * `{ok: false, code, message}`.
 */
export const settingsPatchSchema = v.strictObject({
  theme: v.optional(v.picklist(['system', 'light', 'dark'])),
  startOnLaunch: v.optional(v.boolean()),
  cpuThreads: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)))),
  workShare: v.optional(v.pipe(v.number(), v.minValue(MIN_WORK_SHARE), v.maxValue(1))),
  diskGiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(MIN_DISK_GIB), v.maxValue(MAX_DISK_GIB))),
  closeToTray: v.optional(v.boolean()),
  chain: v.optional(v.picklist(CHAIN_NAMES)),
  customEndpoints: v.optional(v.pipe(v.array(endpoint), v.maxLength(MAX_ENDPOINTS))),
  netuid: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)))),
});

export const commands = {
  /** Start earning: the worker takes part from the next round on. */
  'work.start': v.strictObject({}),
  /** Stop training; the round's work so far is dropped, everything finished is kept. */
  'work.pause': v.strictObject({}),
  /** Look for GPUs again. */
  'hardware.rescan': v.strictObject({}),
  'settings.update': settingsPatchSchema,
  'notice.dismiss': v.strictObject({ id: v.pipe(v.string(), v.maxLength(100)) }),
  /** Quits and starts anew, as a keychain needs that did not answer. Only with a window. */
  'app.restart': v.strictObject({}),
  ...walletCommands,
  ...keyCommands,
  ...extensionCommands,
} as const;

export type CommandName = keyof typeof commands;
export type CommandPayload<Name extends CommandName> = v.InferOutput<(typeof commands)[Name]>;

/** What commands answer beyond "done". */
export type CommandResults = WalletResults & KeyResults;

export interface RefusedCommand {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}
/** Of a command whose name is not known yet. */
export type CommandReply = { readonly ok: true; readonly value?: unknown } | RefusedCommand;
export type ReplyTo<Name extends CommandName> =
  | (Name extends keyof CommandResults
      ? { readonly ok: true; readonly value: CommandResults[Name] }
      : { readonly ok: true })
  | RefusedCommand;

export const isCommandName = (name: unknown): name is CommandName =>
  typeof name === 'string' && Object.hasOwn(commands, name);

/** JSON-patch-like operation as immer makes and applies it. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
}

/** Snapshot once, then patches whose `sequence` rises by one; on a gap the client asks for a new snapshot. */
export type StateMessage =
  | { readonly kind: 'snapshot'; readonly sequence: number; readonly state: AppState }
  | { readonly kind: 'patch'; readonly sequence: number; readonly operations: readonly PatchOperation[] };

/** Over the loopback WebSocket one JSON text each; over Electron IPC the same objects. */
export type ClientMessage =
  | { readonly kind: 'subscribe' }
  | { readonly kind: 'command'; readonly id: number; readonly name: CommandName; readonly payload: unknown };

export type ServerMessage =
  StateMessage | { readonly kind: 'reply'; readonly id: number; readonly reply: CommandReply };

/** What the preload script exposes as `window.millrace`; in a browser the renderer builds the same over a WebSocket. */
export interface MillraceClient {
  command<Name extends CommandName>(name: Name, payload: CommandPayload<Name>): Promise<ReplyTo<Name>>;
  /** Calls back with a snapshot first, then with patches. Returns the unsubscribe function. */
  subscribe(onMessage: (message: StateMessage) => void): () => void;
}

/** Electron channels; named once, here. */
export const IPC_COMMAND = 'millrace:command';
export const IPC_SUBSCRIBE = 'millrace:subscribe';
export const IPC_STATE = 'millrace:state';

/** Larger messages from a client are refused before parsing. */
export const MAX_CLIENT_MESSAGE_BYTES = 64 * 1024;
