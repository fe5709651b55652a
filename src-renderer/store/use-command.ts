import { useCallback, useState } from 'react';
import type { CommandName, CommandPayload, ReplyTo } from '#protocol/contract/commands.ts';
import { errorMessage } from '#protocol/errors.ts';
import { useConnection } from './context.tsx';

export interface CommandSender {
  /** Sends and remembers a refusal until the next call; never rejects. */
  readonly send: <Name extends CommandName>(name: Name, payload: CommandPayload<Name>) => Promise<ReplyTo<Name>>;
  readonly pending: boolean;
  /** Why the last command was refused, in words. */
  readonly failure: string | null;
}

export function useCommand(): CommandSender {
  const connection = useConnection();
  const [inFlight, setInFlight] = useState(0);
  const [failure, setFailure] = useState<string | null>(null);

  const send = useCallback(
    async <Name extends CommandName>(name: Name, payload: CommandPayload<Name>): Promise<ReplyTo<Name>> => {
      setFailure(null);
      setInFlight((count) => count + 1);
      let reply: ReplyTo<Name>;
      try {
        reply = await connection.command(name, payload);
      } catch (error) {
        reply = { ok: false, code: 'DISCONNECTED', message: errorMessage(error) };
      }
      setInFlight((count) => count - 1);
      if (!reply.ok) setFailure(reply.message);
      return reply;
    },
    [connection],
  );

  return { send, pending: inFlight > 0, failure };
}
