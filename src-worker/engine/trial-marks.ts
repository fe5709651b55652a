import { rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { replaceFile } from '#worker/weights/replace-file.ts';
import { driverLibraries, fileVersions, installedDrivers, loadedLibraries } from './driver-libraries.ts';
import { PROVIDERS, type Provider } from './providers.ts';

/** A trial that has begun. What is known of its drivers: libraries that were loaded then, what tells which are installed, and their versions. */
const trialSchema = v.object({
  provider: v.picklist(PROVIDERS),
  libraries: v.array(v.string()),
  versions: v.array(v.string()),
});
const fileSchema = v.object({
  /** Version of onnxruntime. */
  runtime: v.string(),
  /** Found at a start, it has ended the process. */
  trying: v.nullable(trialSchema),
  ended: v.array(trialSchema),
});
type Trial = v.InferOutput<typeof trialSchema>;

/**
 * A driver may end the process instead of failing. Therefore a file names the provider that is under trial: found at a start,
 * that provider is not tried again until there is another onnxruntime or another driver, and the others are.
 */
export class TrialMarks {
  readonly #path: string;
  readonly #runtime: string;
  readonly #ended: readonly Trial[];

  private constructor(path: string, runtime: string, ended: readonly Trial[]) {
    this.#path = path;
    this.#runtime = runtime;
    this.#ended = ended;
  }

  /** Damaged marks are none. @param runtime version of onnxruntime */
  static async open(path: string, runtime: string): Promise<TrialMarks> {
    const ended: Trial[] = [];
    for (const trial of await readTrials(path, runtime)) {
      const versions = await fileVersions(trial.libraries);
      if (versions.join() === trial.versions.join()) ended.push(trial);
    }
    return new TrialMarks(path, runtime, ended);
  }

  hasEnded(provider: Provider): boolean {
    return this.#ended.some((trial) => trial.provider === provider);
  }

  /** For the owner: which providers are not tried, and how to try them again. */
  findings(): readonly string[] {
    return this.#ended.map(
      ({ provider }) => `${provider} ended the process when it was tried (to try it again, delete ${this.#path})`,
    );
  }

  /**
   * Does something that may end the process; the CPU never does.
   * @param signal of whoever may end this process in the middle of it
   * @throws MillraceError ENGINE when the mark cannot be written: without it the process would end at every start; what
   *   `work` throws
   */
  async during<T>(provider: Provider, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (provider === 'cpu') return work();
    await this.#begin(provider);
    // Who stops a worker kills it soon after: that is not the provider's doing.
    signal.addEventListener('abort', this.#withdraw);
    if (signal.aborted) this.#withdraw();
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', this.#withdraw);
      await this.#end();
    }
  }

  /** At once: there may be no time for more. A mark that cannot be removed is as good as none before: one is tried less. */
  readonly #withdraw = (): void => {
    try {
      if (this.#ended.length === 0) rmSync(this.#path, { force: true });
      else writeFileSync(this.#path, this.#text(null));
    } catch {
      // Said where the mark is removed in peace.
    }
  };

  async #begin(provider: Provider): Promise<void> {
    // The first trial loads the drivers: before it only what is installed is known.
    const libraries = [...driverLibraries(loadedLibraries()), ...(await installedDrivers())];
    const trying = { provider, libraries, versions: [...(await fileVersions(libraries))] };
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await this.#write(trying);
    } catch (cause) {
      const why = `it is not tried, because ${this.#path} cannot be written: ${errorMessage(cause)}`;
      throw new MillraceError('ENGINE', why, { cause });
    }
  }

  /** This process lives: the mark would say otherwise. */
  async #end(): Promise<void> {
    if (this.#ended.length === 0) await rm(this.#path, { force: true });
    else await this.#write(null);
  }

  /** On disk before it returns: a driver may take the machine along. */
  async #write(trying: Trial | null): Promise<void> {
    await replaceFile(this.#path, (handle) => handle.writeFile(this.#text(trying)));
  }

  #text(trying: Trial | null): string {
    return JSON.stringify({ runtime: this.#runtime, trying, ended: this.#ended });
  }
}

async function readTrials(path: string, runtime: string): Promise<readonly Trial[]> {
  try {
    const parsed = v.safeParse(fileSchema, JSON.parse(await readFile(path, 'utf8')));
    if (!parsed.success || parsed.output.runtime !== runtime) return [];
    const { trying, ended } = parsed.output;
    return trying === null ? ended : [...ended, trying];
  } catch {
    return [];
  }
}
