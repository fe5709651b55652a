import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built command itself, as its user types it. It needs `npm run build` first. */
const MILLRACE = fileURLToPath(new URL('../../dist/millrace.js', import.meta.url));

export type Event = { readonly event: string } & Readonly<Record<string, unknown>>;

export interface Command {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The first event of this name, or the `nth` from 1 on, now or later. */
  readonly event: (name: string, nth?: number) => Promise<Event>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly stdout: readonly string[];
    readonly stderr: string;
  }>;
}

const started: Command[] = [];

/** Starts `millrace ARGS`. */
export function millrace(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Command {
  const child = spawn(process.execPath, [MILLRACE, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const stdout: string[] = [];
  let stderr = '';
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiting]) look();
  };
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    stdout.push(line);
    wake();
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code]]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  const command: Command = {
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    ended,
    event: (name, nth = 1) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = stdout.map((line) => JSON.parse(line) as Event).filter(({ event }) => event === name)[nth - 1];
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`Ended without "${name}":\n${stderr}`)));
        look();
      }),
  };
  started.push(command);
  return command;
}

/** Ends hard whatever a test has left running. */
export async function endCommands(): Promise<void> {
  for (const command of started.splice(0)) {
    command.kill('SIGKILL');
    await command.ended;
  }
}
