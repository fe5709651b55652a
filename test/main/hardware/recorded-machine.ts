import { readFileSync } from 'node:fs';
import type { HardwareDeps, RunCommand, RunOutcome, SystemInformationController } from '#main/core/hardware/ports.ts';

/** Where the recordings are. */
export const RECORDINGS = new URL('../../fixtures/hardware/', import.meta.url);

interface RecordedCpu {
  readonly manufacturer: string;
  readonly brand: string;
  readonly cores: number;
}

/** The processor of a machine whose recording tells none. */
const UNRECORDED_CPU = '{"manufacturer":"AMD","brand":"Ryzen 9 5950X","cores":32}';

interface Section {
  readonly kind: string;
  readonly key: string;
  readonly ending: string;
  readonly body: string;
}

function parseSections(text: string): readonly Section[] {
  const [, ...parts] = text.split(/^== /m);
  return parts.map((part) => {
    const lineEnd = part.indexOf('\n');
    const match = /^(\S+) ?(.*?)(?: -> (.*))?$/.exec(part.slice(0, lineEnd));
    if (match === null) throw new Error(`Bad section: ${part.slice(0, lineEnd)}`);
    return { kind: match[1] ?? '', key: match[2] ?? '', ending: match[3] ?? '', body: part.slice(lineEnd + 1) };
  });
}

function matches(pattern: string, commandLine: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(commandLine);
}

function notFound(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
}

function createRun(sections: readonly Section[], newline: string): RunCommand {
  return async (command, args, { timeoutMs, maxBytes }): Promise<RunOutcome> => {
    const commandLine = [command, ...args].join(' ');
    const section = sections.find(({ kind, key }) => kind === 'run' && matches(key, commandLine));
    if (section === undefined) return { kind: 'not-found' };
    const { ending, body } = section;
    if (ending === 'hangs') {
      await new Promise((resolve) => setTimeout(resolve, timeoutMs));
      return { kind: 'timed-out', timeoutMs };
    }
    if (ending === 'floods') return { kind: 'too-much-output', maxBytes };
    const text = body.replaceAll('\n', newline);
    const exitCode = Number(/exit (\d+)/.exec(ending)?.[1] ?? 0);
    const toStderr = ending.includes('stderr');
    return { kind: 'exited', exitCode, stdout: toStderr ? '' : text, stderr: toStderr ? text : '' };
  };
}

/** The effects of the machine that `test/fixtures/hardware/<name>.txt` recorded (format: the README beside it). */
export function recordedMachine(name: string): HardwareDeps & { readonly graphicsCalls: () => number } {
  const sections = parseSections(readFileSync(new URL(`${name}.txt`, RECORDINGS), 'utf8'));
  const one = (kind: string): Section | undefined => sections.find((section) => section.kind === kind);
  const platform = (one('platform')?.key ?? '') as NodeJS.Platform;
  const separator = platform === 'win32' ? '\\' : '/';
  const files = new Map(sections.filter(({ kind }) => kind === 'file').map(({ key, body }) => [key, body]));
  const graphics = one('graphics');
  const cpu = JSON.parse(one('cpu')?.body ?? UNRECORDED_CPU) as RecordedCpu;
  let graphicsCalls = 0;
  return {
    platform,
    env: platform === 'win32' ? { SystemRoot: 'C:\\Windows' } : {},
    nowMs: () => 1_795_000_000_000,
    run: createRun(sections, platform === 'win32' ? '\r\n' : '\n'),
    readFile: (path) => {
      const body = files.get(path);
      return body === undefined ? Promise.reject(notFound(path)) : Promise.resolve(body);
    },
    listDirectory: (path) => {
      const inside = [...files.keys()].filter((file) => file.startsWith(path + separator));
      const names = new Set(inside.map((file) => file.slice(path.length + 1).split(separator)[0] ?? ''));
      return names.size === 0 ? Promise.reject(notFound(path)) : Promise.resolve([...names]);
    },
    systemInformation: {
      graphics: () => {
        graphicsCalls++;
        if (graphics === undefined) return Promise.reject(new Error('spawn lspci ENOENT'));
        return Promise.resolve(
          JSON.parse(graphics.body) as { readonly controllers: readonly SystemInformationController[] },
        );
      },
      cpu: () => Promise.resolve(cpu),
      mem: () => Promise.resolve({ total: Number(one('memory')?.key) }),
    },
    runtime: { cpuName: 'the runtime knows this CPU', cores: 4, memoryBytes: 8_000_000_000 },
    graphicsCalls: () => graphicsCalls,
  };
}
