import { randomUUID } from 'node:crypto';
import type { SignerResult } from '@polkadot/api/types';
import type { SignerPayloadJSON } from '@polkadot/types/types';
import type { HexString } from '@polkadot/util/types';
import { assertNever } from '#protocol/assert-never.ts';
import type { AnswerMessage, PageMetadata, PageTask } from '#protocol/contract/extension-page.ts';
import { errorCode, errorMessage, MillraceError, ProtocolError } from '#protocol/errors.ts';
import { addressOf, publicKeyOf } from '#protocol/keys.ts';
import { runPageTask, type PageTaskEnd } from './page-task.ts';
import type { ExtensionAccount, ExtensionBridge, ExtensionBridgeOptions, SigningRequest } from './ports.ts';

/** Extensions remember whom they trust by origin, with the port: so it is always this one, which no known program uses. */
const EXTENSION_PORT = 39_317;
const EXPIRY_MS = 5 * 60_000;

type Wanted = { readonly kind: 'connect' } | Omit<Extract<PageTask, { readonly kind: 'sign' }>, 'id' | 'expiresAtMs'>;
type Answer<Kind extends AnswerMessage['kind']> = Extract<AnswerMessage, { readonly kind: Kind }>;

/** Asks the owner's browser extension on a page of our own, which is served on one port of this machine while it waits and at no other time. */
export function createExtensionBridge(options: ExtensionBridgeOptions): ExtensionBridge {
  const { nowMs, onChange, port = EXTENSION_PORT, expiryMs = EXPIRY_MS } = options;
  const closing = new AbortController();
  let running: Promise<unknown> | null = null;
  let refusal = new AbortController();

  async function ask<Kind extends 'accounts' | 'signed'>(
    kind: Kind,
    wanted: Wanted,
    metadata: PageMetadata | null,
    signal: AbortSignal,
  ): Promise<Answer<Kind>> {
    if (running !== null)
      throw new MillraceError('ALREADY_RUNNING', 'Millrace already waits for your browser extension');
    refusal = new AbortController();
    const refused = refusal.signal;
    const signals = [signal, closing.signal, refused];
    if (signals.some(({ aborted }) => aborted)) throw new MillraceError('ABORTED', 'No longer asked for');
    const task: PageTask = { ...wanted, id: randomUUID(), expiresAtMs: nowMs() + expiryMs };
    const run = runPageTask({ ...options, port, task, metadata, expiryMs, signals });
    running = run.catch(() => undefined);
    try {
      const answer = answerOf(await run, task, refused.aborted);
      if (answer.kind !== kind) throw new ProtocolError('The page answered something that it was not asked');
      onChange({ kind: 'idle' });
      return answer as Answer<Kind>;
    } catch (error) {
      const code = errorCode(error) ?? 'EXTENSION';
      // Who gave it up knows.
      if (code === 'ABORTED' || refused.aborted) onChange({ kind: 'idle' });
      else onChange({ kind: 'failed', purpose: task.kind, code, message: errorMessage(error) });
      throw error;
    } finally {
      running = null;
    }
  }

  async function sign(
    address: string,
    { shown, chain, signal }: SigningRequest,
    payload: SignerPayloadJSON,
  ): Promise<SignerResult> {
    const { name, genesisHash, specVersion, rawMetadata, metaCalls } = chain;
    if (addressOf(publicKeyOf(payload.address)) !== address || payload.genesisHash !== genesisHash)
      throw new ProtocolError('What is to be signed is for another account or another chain');
    const wanted: Wanted = {
      ...{ kind: 'sign', address, chain: { name, genesisHash, specVersion }, payload: { ...payload } },
      shown: { ...shown, call: chain.decodeCall(payload.method) },
    };
    const { signature, signedTransaction } = await ask('signed', wanted, { rawMetadata, metaCalls }, signal);
    const given = signedTransaction === undefined ? {} : { signedTransaction: signedTransaction as HexString };
    return { id: 0, signature: signature as HexString, ...given };
  }

  return {
    connect: async (signal) => {
      const { accounts } = await ask('accounts', { kind: 'connect' }, null, signal);
      return accounts.map(({ address, name, source }): ExtensionAccount => {
        return { address: addressOf(publicKeyOf(address)), name, source };
      });
    },
    signerFor: (address, request) => ({
      address,
      signPayload: (payload) => sign(addressOf(publicKeyOf(address)), request, payload),
    }),
    refuse: () => refusal.abort(),
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

/** @throws MillraceError SIGNING_REFUSED, TIMEOUT, ABORTED */
function answerOf(end: PageTaskEnd, { kind }: PageTask, isRefusedHere: boolean): AnswerMessage {
  const isSigning = kind === 'sign';
  const refused = (): never => {
    const words = isSigning ? 'You did not sign in your browser; nothing was sent' : 'You chose no account';
    throw new MillraceError('SIGNING_REFUSED', words);
  };
  switch (end.kind) {
    case 'answered':
      // It may have come while the page was closing.
      return isRefusedHere || end.answer.kind === 'refused' ? refused() : end.answer;
    case 'expired': {
      const words = 'Nothing came from your browser within five minutes';
      throw new MillraceError('TIMEOUT', isSigning ? `${words}; nothing was sent` : words);
    }
    case 'stopped':
      if (isRefusedHere) return refused();
      throw new MillraceError('ABORTED', 'No longer asked for');
    default:
      return assertNever(end, 'end of a page');
  }
}
