import { useCallback, useEffect, useState } from 'react';
import type { CommandName, CommandPayload, CommandResults, ReplyTo } from '#protocol/contract/commands.ts';
import { errorMessage } from '#protocol/errors.ts';
import { useConnection } from './context.tsx';

type QueryName = Extract<CommandName, keyof CommandResults>;

export interface Query<Value> {
  /** The newest answer, kept while a new one is awaited; `null` before the first. */
  readonly value: Value | null;
  readonly isLoading: boolean;
  /** Why there is no answer, in words. */
  readonly failure: string | null;
  readonly reload: () => void;
}

/**
 * Asks main for something that is not part of the state, again for each other payload.
 * @param payload `null` asks nothing; of a stable identity
 */
export function useQuery<Name extends QueryName>(
  name: Name,
  payload: CommandPayload<Name> | null,
): Query<CommandResults[Name]> {
  const connection = useConnection();
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<Answer<Name> | null>(null);
  useEffect(() => {
    if (payload === null) return;
    let isCurrent = true;
    const take = (reply: ReplyTo<Name>): void => {
      if (isCurrent) setAnswer({ payload, turn, reply });
    };
    connection.command(name, payload).then(take, (error: unknown) => {
      take({ ok: false, code: 'DISCONNECTED', message: errorMessage(error) });
    });
    return () => {
      isCurrent = false;
    };
  }, [connection, name, payload, turn]);
  const reload = useCallback(() => setTurn((now) => now + 1), []);
  const ofThis = answer !== null && answer.payload === payload ? answer : null;
  return {
    // The compiler does not narrow a reply whose command is a parameter.
    value:
      ofThis?.reply.ok === true ? ((ofThis.reply as { readonly value: unknown }).value as CommandResults[Name]) : null,
    isLoading: payload !== null && ofThis?.turn !== turn,
    failure: ofThis?.reply.ok === false && ofThis.turn === turn ? ofThis.reply.message : null,
    reload,
  };
}

interface Answer<Name extends QueryName> {
  readonly payload: CommandPayload<Name>;
  readonly turn: number;
  readonly reply: ReplyTo<Name>;
}
