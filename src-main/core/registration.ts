import type { ChainClient, Neuron } from '#protocol/chain/chain-client.ts';
import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { coldkeyOf, type KeyPair } from '#protocol/keys.ts';

export type RegistrationOutcome =
  { readonly kind: 'registered' } | { readonly kind: 'refused'; readonly message: string };

/** The nonce of a call may be taken by another call of the same coldkey that was on its way. */
const MAX_ATTEMPTS = 3;
/** Another registration of the same moment was faster: with this hotkey, by this coldkey, or so that the price rose. */
const MAY_PASS: ReadonlySet<string> = new Set([
  'StaleNonce',
  'HotKeyAlreadyRegisteredInSubNet',
  'RegistrationPriceLimitExceeded',
]);

/**
 * Registers the hotkey with the coldkey, unless it is registered already.
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED
 */
export async function ensureRegistered(
  chain: ChainClient,
  { netuid, hotkey, coldkey }: { readonly netuid: number; readonly hotkey: Hotkey; readonly coldkey: KeyPair },
  signal: AbortSignal,
): Promise<RegistrationOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const neuron = findNeuron(await chain.neurons(netuid, signal), hotkey);
    if (neuron !== undefined) return ownedBy(neuron, coldkeyOf(coldkey));
    const outcome = await chain.submit({ kind: 'register', netuid, hotkey }, coldkey, signal);
    if (outcome.kind === 'included') return { kind: 'registered' };
    if (!MAY_PASS.has(outcome.error) || attempt === MAX_ATTEMPTS) return { kind: 'refused', message: outcome.message };
  }
}

export const findNeuron = (neurons: readonly Neuron[], hotkey: Hotkey): Neuron | undefined =>
  neurons.find((neuron) => neuron.hotkey === hotkey);

const ownedBy = (neuron: Neuron, coldkey: Coldkey): RegistrationOutcome =>
  neuron.coldkey === coldkey
    ? { kind: 'registered' }
    : { kind: 'refused', message: `The hotkey ${neuron.hotkey} belongs to another coldkey, ${neuron.coldkey}` };
