import type { ExtensionState, ShownCall } from '#protocol/contract/extension.ts';
import type { CallSigner } from '#protocol/chain/subtensor/send-call.ts';
import type { ExtensionChain } from './extension-chain.ts';

/** An account that the owner chose in an extension. */
export interface ExtensionAccount {
  /** SS58 with prefix 42. */
  readonly address: string;
  /** As its owner calls it; may be empty. */
  readonly name: string;
  /** The extension's name, such as `polkadot-js`. */
  readonly source: string;
}

/** What a signature is asked for. */
export interface SigningRequest {
  /** The words of the quote; what the bytes say is added from the bytes. */
  readonly shown: Omit<ShownCall, 'call'>;
  /** From `describeChain`. */
  readonly chain: ExtensionChain;
  /** Gives up waiting for the owner. */
  readonly signal: AbortSignal;
}

/**
 * Asks the owner's browser extension, one thing at a time, on a page that is served while it waits.
 */
export interface ExtensionBridge {
  /**
   * Lets the owner choose an account: at least one comes back.
   * @throws MillraceError SIGNING_REFUSED by the owner, TIMEOUT after five minutes, ABORTED, ALREADY_RUNNING while it asks for
   * something else, PORT_IN_USE
   */
  connect(signal: AbortSignal): Promise<readonly ExtensionAccount[]>;
  /** A signer for `signCall` and `placeOrders`, for one call. Its `signPayload` throws as `connect`. */
  signerFor(address: string, request: SigningRequest): CallSigner;
  /** The owner said no in the app: ends what it waits for by SIGNING_REFUSED. */
  refuse(): void;
  /** Ends what it waits for by ABORTED. */
  close(): Promise<void>;
}

export interface ExtensionBridgeOptions {
  /** Default EXTENSION_PORT. Extensions remember whom they trust by origin, with the port: so it is always the same. */
  readonly port?: number;
  readonly nowMs: () => number;
  readonly log: (level: 'info' | 'warning' | 'error', message: string) => void;
  /** Folder of the built page: `dist/extension-page`. */
  readonly folder: string;
  readonly onChange: (state: ExtensionState) => void;
  /** Opens the system's browser; left out where there is none to open, and the owner follows the link in the state. */
  readonly openUrl?: ((url: string) => void) | undefined;
  /** Default five minutes. */
  readonly expiryMs?: number;
}
