import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly string[];
  /** Resident memory. */
  readonly rssBytes: number;
}

const PAGE_BYTES = 4096;

/** All processes of this machine, from /proc (the tests that need it run on Linux). Those that end meanwhile are left out. */
export function listProcesses(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The second field is the name in brackets and may hold spaces and brackets itself.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z') return [];
        const argv = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').filter(Boolean);
        return [{ pid: Number(name), parent: Number(fields[1]), argv, rssBytes: Number(fields[21]) * PAGE_BYTES }];
      } catch {
        return [];
      }
    });
}

/** The process and everything below it. */
export function processTree(root: number): readonly ProcessEntry[] {
  const all = listProcesses();
  const found = all.filter(({ pid }) => pid === root);
  for (let i = 0; i < found.length; i += 1) found.push(...all.filter(({ parent }) => parent === found[i]!.pid));
  return found;
}

/** What a process of Millrace is: `main`, or the name that it was launched under (`worker`, `companion-1`, `chain`, …). */
export function roleOf({ argv }: ProcessEntry): string {
  const script = argv.findIndex((argument) => /\/dist\/[a-z-]+\.js$/.test(argument));
  const file = argv[script]?.replace(/^.*\/(.*)\.js$/, '$1') ?? '';
  if (file === 'millrace') return 'main';
  return argv[script + 1] ?? file;
}
