/** The execution providers of onnxruntime that we use. */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Most promising first, as far as a name can tell; what a machine's devices really do, only measuring tells. */
const PREFERENCE: readonly Provider[] = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'];

/**
 * The providers worth trying on this machine, in the order to try them. The CPU is always there and always last.
 *
 * @param backends what onnxruntime's `listSupportedBackends` says. A backend that is not bundled is listed too: its library
 *   may have been installed, and asking for one that was not fails in milliseconds.
 */
export function candidateProviders(backends: readonly { readonly name: string }[]): readonly Provider[] {
  const names = new Set<string>([...backends.map(({ name }) => name), 'cpu']);
  return PREFERENCE.filter((provider) => names.has(provider));
}

/**
 * Whether outputs of a run can stay on the device and be inputs of the next one. onnxruntime-node 1.30 knows one kind of
 * device memory, that of WebGPU; asked for it elsewhere, it gives tensors in the CPU's memory without a word.
 */
export function keepsTensors(provider: Provider): boolean {
  return provider === 'webgpu' || provider === 'cpu';
}
