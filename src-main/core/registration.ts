import type { ChainClient, Neuron } from '#protocol/chain/chain-client.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { coldkeyOf, type KeyPair } from '#protocol/keys.ts';
import type { Rao } from '#protocol/units.ts';
import { tao } from './staking/refusals.ts';
import type { Failure } from './supervision.ts';

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

export type RegistrationFinding =
  { readonly kind: 'registered'; readonly coldkey: Coldkey } | { readonly kind: 'missing'; readonly failure: Failure };

/**
 * Looks whether the hotkey is registered, where registering costs money that only its owner may spend.
 * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED
 */
export async function findRegistration(
  chain: ChainClient,
  { netuid, hotkey, network }: { readonly netuid: number; readonly hotkey: Hotkey; readonly network: string },
  signal: AbortSignal,
): Promise<RegistrationFinding> {
  const missing = (code: string, message: string): RegistrationFinding => ({
    kind: 'missing',
    failure: { code, message },
  });
  try {
    await chain.subnet(netuid, signal);
  } catch (error) {
    if (errorCode(error) !== 'CHAIN_REFUSED') throw error;
    return missing('NO_SUBNET', `There is no subnet ${netuid} on ${network}: ${errorMessage(error)}.`);
  }
  const neuron = findNeuron(await chain.neurons(netuid, signal), hotkey);
  if (neuron !== undefined) return { kind: 'registered', coldkey: neuron.coldkey };
  const price = await priceOf(chain, netuid, signal);
  const cost = price === null ? '' : ` Registering it costs ${tao(price)} now, and is never done without you.`;
  return missing('NOT_REGISTERED', `Your hotkey is not registered in subnet ${netuid} of ${network}.${cost}`);
}

/** `null` when the chain does not say: then the rest is still worth saying. */
async function priceOf(chain: ChainClient, netuid: number, signal: AbortSignal): Promise<Rao | null> {
  try {
    return await chain.registrationPrice(netuid, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}

export const findNeuron = (neurons: readonly Neuron[], hotkey: Hotkey): Neuron | undefined =>
  neurons.find((neuron) => neuron.hotkey === hotkey);

const ownedBy = (neuron: Neuron, coldkey: Coldkey): RegistrationOutcome =>
  neuron.coldkey === coldkey
    ? { kind: 'registered' }
    : { kind: 'refused', message: `The hotkey ${neuron.hotkey} belongs to another coldkey, ${neuron.coldkey}` };
