/** What a worker process has said: see worker-until-killed.ts. Lives on over its processes. */
export class StageLog {
  /** What the worker began to save: by round and kind, the values' digest. */
  readonly saved = new Map<string, string>();
  readonly conflicts: string[] = [];
  readonly warnings: string[] = [];
  /** Of the present process: stages by when they began. */
  readonly #underWay = new Map<string, number>();
  readonly #spentMs = new Map<string, { ms: number; times: number }>();
  #waiting: { readonly stage: string; times: number; readonly resolve: () => void } | null = null;

  restart(): void {
    this.#underWay.clear();
    this.#waiting = null;
  }

  hear(line: string): void {
    const [what = '', stage = '', kind = '', digest = ''] = line.split('\t');
    if (what === 'begin') {
      this.#underWay.set(stage, performance.now());
      if (this.#waiting?.stage === stage && (this.#waiting.times -= 1) === 0) this.#waiting.resolve();
    } else if (what === 'end') {
      const spent = this.#spentMs.get(stage) ?? { ms: 0, times: 0 };
      spent.ms += performance.now() - (this.#underWay.get(stage) ?? 0);
      spent.times += 1;
      this.#spentMs.set(stage, spent);
      this.#underWay.delete(stage);
    } else if (what === 'saving') {
      const key = `${stage} ${kind}`;
      const before = this.saved.get(key);
      if (before !== undefined && before !== digest) this.conflicts.push(`Round ${key}: two different error buffers`);
      this.saved.set(key, digest);
    } else if (what === 'warning') {
      this.warnings.push(line.slice(what.length + 1));
    }
  }

  /** Of a process that has ended. */
  underWay(): readonly string[] {
    const stages = [...this.#underWay.keys()];
    return stages.length === 0 ? ['between stages'] : stages;
  }

  /** How long a stage takes; a guess before it was seen to its end. */
  meanMs(stage: string): number {
    const spent = this.#spentMs.get(stage);
    return spent === undefined ? 10 : spent.ms / spent.times;
  }

  /** Resolves when the present process begins this stage for the n-th time from now on. */
  next(stage: string, times: number): Promise<void> {
    return new Promise((resolve) => (this.#waiting = { stage, times, resolve }));
  }
}
