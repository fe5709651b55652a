import type { CallSigner } from '#protocol/chain/subtensor/send-call.ts';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { Coldkey } from '#protocol/ids.ts';
import type { KeyPair } from '#protocol/keys.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import { describeOrder, type ShownOrder } from './order-words.ts';
import type { ShownQuote } from './quote-book.ts';

/** A key for one signature. */
export interface OpenedSigner {
  readonly signer: CallSigner;
  /** Forgets the key; may be called again. */
  readonly wipe: () => void;
}

/** What a person is asked to sign elsewhere. */
interface ExtensionRequest {
  readonly address: Coldkey;
  readonly shown: ShownOrder;
  readonly chain: OrderChain;
  /** The owner has given up. */
  readonly signal: AbortSignal;
}

/** Who can sign for the coldkey here; what is left out is refused in words. */
export interface WalletSigners {
  /** Of the devnet's play money; asked for on the devnet only. */
  readonly devnet?: KeyPair | undefined;
  /** @throws MillraceError, in words for the owner, when the password is wrong */
  readonly unlock?: ((password: string) => Promise<OpenedSigner>) | undefined;
  /** @throws MillraceError when no extension can be asked now */
  readonly extension?: ((request: ExtensionRequest) => CallSigner | Promise<CallSigner>) | undefined;
}

interface SigningSituation {
  readonly signers: WalletSigners;
  readonly chain: OrderChain;
  readonly isDevnet: boolean;
}

const nothing = (): void => undefined;

/**
 * The key that is to sign what was shown.
 * @throws MillraceError USAGE when it cannot sign here, or is not the coldkey's; what the signers throw
 */
export async function openSigner(
  situation: SigningSituation,
  signing: CommandPayload<'wallet.place'>['signing'],
  shown: ShownQuote,
  signal: AbortSignal,
): Promise<OpenedSigner> {
  const opened = await open(situation, signing, shown, signal);
  if (opened.signer.address === shown.coldkey) return opened;
  opened.wipe();
  throw new MillraceError(
    'USAGE',
    `This is the key of ${opened.signer.address}, but the quote is for ${shown.coldkey}. Nothing was sent.`,
  );
}

async function open(
  { signers, chain, isDevnet }: SigningSituation,
  signing: CommandPayload<'wallet.place'>['signing'],
  shown: ShownQuote,
  signal: AbortSignal,
): Promise<OpenedSigner> {
  switch (signing.kind) {
    case 'devnet':
      if (!isDevnet || signers.devnet === undefined) {
        throw new MillraceError('USAGE', 'The devnet’s own key signs on the devnet only. Nothing was sent.');
      }
      return { signer: signers.devnet, wipe: nothing };
    case 'password':
      if (signers.unlock === undefined) {
        throw new MillraceError('USAGE', 'No coldkey with a password is set up here. Nothing was sent.');
      }
      return signers.unlock(signing.password);
    case 'extension': {
      if (signers.extension === undefined) {
        throw new MillraceError('USAGE', 'No browser extension can be asked from here. Nothing was sent.');
      }
      const request = { address: shown.coldkey, shown: describeOrder(shown), chain, signal };
      return { signer: await signers.extension(request), wipe: nothing };
    }
  }
}
