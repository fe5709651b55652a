import * as v from 'valibot';
import {
  commands,
  isCommandName,
  type CommandName,
  type CommandPayload,
  type CommandReply,
  type CommandResults,
} from '#protocol/contract/commands.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';

export type CommandHandlers = {
  readonly [Name in CommandName]: Name extends keyof CommandResults
    ? (payload: CommandPayload<Name>) => CommandResults[Name] | Promise<CommandResults[Name]>
    : (payload: CommandPayload<Name>) => void | Promise<void>;
};

/** Checks what a client sent against the contract's table and runs it. Never rejects: every failure is a reply. */
export async function runCommand(handlers: CommandHandlers, name: unknown, payload: unknown): Promise<CommandReply> {
  if (!isCommandName(name)) return refused(`There is no command ${JSON.stringify(String(name).slice(0, 60))}`);
  const parsed = v.safeParse(commands[name], payload);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return refused(`${name}: ${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`.slice(0, 300));
  }
  try {
    // The schema of this very name has made the payload; TypeScript cannot follow a name through two tables.
    const handler = handlers[name] as (checked: unknown) => unknown;
    const value = await handler(parsed.output);
    return value === undefined ? { ok: true } : { ok: true, value };
  } catch (error) {
    return { ok: false, code: errorCode(error) ?? 'FAILED', message: errorMessage(error) };
  }
}

const refused = (message: string): CommandReply => ({ ok: false, code: 'PROTOCOL', message });
