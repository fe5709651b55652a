import type { Device, Kernel } from './device.ts';

/** Loaded graphs by name. Shards of equal layout use equal graphs, so each is built and loaded once, when it is first needed. */
export class Kernels {
  readonly #device: Device;
  readonly #loaded = new Map<string, Promise<Kernel>>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** @throws MillraceError ENGINE when the runtime refuses the model */
  get(name: string, build: () => Uint8Array): Promise<Kernel> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const kernel = this.#device.load(build());
    this.#loaded.set(name, kernel);
    return kernel;
  }

  async dispose(): Promise<void> {
    const kernels = await Promise.allSettled(this.#loaded.values());
    this.#loaded.clear();
    for (const kernel of kernels) if (kernel.status === 'fulfilled') await kernel.value.dispose();
  }
}
