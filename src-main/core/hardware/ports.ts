/** How a command ended. None of these throws: a broken tool is an expected outcome. */
export type RunOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  | { readonly kind: 'too-much-output'; readonly maxBytes: number }
  | { readonly kind: 'failed'; readonly message: string };

export interface RunOptions {
  /** After this the process and its children are killed. */
  readonly timeoutMs: number;
  /** Stdout and stderr together; past it the process is killed. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export type RunCommand = (command: string, args: readonly string[], options: RunOptions) => Promise<RunOutcome>;

/** The few fields that are used of what `systeminformation` returns. Its VRAM and metrics are left out on purpose. */
export interface SystemInformationController {
  readonly vendor?: string;
  readonly model?: string;
  readonly busAddress?: string;
  readonly vendorId?: string;
  readonly deviceId?: string;
  readonly driverVersion?: string;
}

interface SystemInformationPort {
  graphics(): Promise<{ readonly controllers: readonly SystemInformationController[] }>;
  cpu(): Promise<{ readonly manufacturer: string; readonly brand: string; readonly cores: number }>;
  mem(): Promise<{ readonly total: number }>;
}

/** Everything that detection does to the machine, so that tests can put a recorded machine in its place. */
export interface HardwareDeps {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly run: RunCommand;
  /** UTF-8 text; rejects when the file is absent, unreadable or larger than `maxBytes`. */
  readonly readFile: (
    path: string,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ) => Promise<string>;
  /** Names, unsorted; rejects when the directory is absent or unreadable. */
  readonly listDirectory: (path: string) => Promise<readonly string[]>;
  readonly systemInformation: SystemInformationPort;
  /** What the runtime itself knows, for when systeminformation fails. */
  readonly runtime: { readonly cpuName: string; readonly cores: number; readonly memoryBytes: number };
}
