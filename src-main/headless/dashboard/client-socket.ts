import type { RawData, WebSocket } from 'ws';
import * as v from 'valibot';
import type { CommandReply, ServerMessage } from '#protocol/contract/commands.ts';
import type { AppStore } from '#main/core/store.ts';

export interface ClientOptions {
  readonly store: AppStore;
  readonly command: (name: unknown, payload: unknown) => Promise<CommandReply>;
}

/** Names and payloads of commands are checked by the app itself. */
const clientMessage = v.variant('kind', [
  v.strictObject({ kind: v.literal('subscribe') }),
  v.strictObject({
    kind: v.literal('command'),
    id: v.pipe(v.number(), v.safeInteger()),
    name: v.string(),
    payload: v.unknown(),
  }),
]);

/** A client that reads slower than this much state piles up is dropped; it comes back and gets a snapshot. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const MAX_COMMANDS_IN_FLIGHT = 16;
/** Close codes of RFC 6455. */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** Serves the contract over one WebSocket: state messages out, commands in. */
export function serveClient(socket: WebSocket, { store, command }: ClientOptions): void {
  let unsubscribe: (() => void) | null = null;
  let commandsInFlight = 0;

  const send = (message: ServerMessage): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
    else socket.send(JSON.stringify(message));
  };

  async function runCommand(id: number, name: string, payload: unknown): Promise<void> {
    commandsInFlight += 1;
    const reply = await command(name, payload);
    commandsInFlight -= 1;
    send({ kind: 'reply', id, reply });
  }

  socket.on('message', (data, isBinary) => {
    const message = isBinary ? null : parse(data);
    if (message === null) {
      socket.close(POLICY_VIOLATION, 'Not a message of the contract');
    } else if (message.kind === 'subscribe') {
      // Also on a gap: whoever asks again starts over with a snapshot.
      unsubscribe?.();
      unsubscribe = store.subscribe(send);
    } else if (commandsInFlight >= MAX_COMMANDS_IN_FLIGHT) {
      socket.close(TRY_AGAIN_LATER, 'Too many commands at once');
    } else {
      void runCommand(message.id, message.name, message.payload);
    }
  });
  socket.on('close', () => unsubscribe?.());
  // An oversized or broken frame: ws closes the connection by itself.
  socket.on('error', () => undefined);
}

function parse(data: RawData): v.InferOutput<typeof clientMessage> | null {
  try {
    const parsed = v.safeParse(clientMessage, JSON.parse((data as Buffer).toString('utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
