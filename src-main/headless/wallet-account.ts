import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import type { DeriveKey } from '#main/core/btwallet/derive-key-aside.ts';
import { createExtensionBridge } from '#main/core/extension/bridge.ts';
import { describeChain } from '#main/core/extension/extension-chain.ts';
import { openKeyring, type Keyring } from '#main/core/keys/keyring.ts';
import { NO_KEYCHAIN } from '#main/core/keys/secret-box.ts';
import { devnetKeys, realKeys, type SessionKeys } from '#main/core/session-keys.ts';
import type { OrderChain } from '#main/core/staking/order-chain.ts';
import type { ShownQuote } from '#main/core/wallet-service/quote-book.ts';
import { type OpenedSigner, openSigner, type WalletSigners } from '#main/core/wallet-service/signers.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import type { CommandContext } from './command-context.ts';
import { readPasswordFile } from './password-file.ts';
import type { Prompts } from './terminal-prompts.ts';

type Signing = CommandPayload<'wallet.place'>['signing'];

export interface AccountPorts {
  readonly prompts: Prompts;
  readonly derive?: DeriveKey;
  /** Default: the one that extensions remember. */
  readonly extensionPort?: number;
}

/** Whose wallet a command is about, on one chain. */
export interface WalletAccount {
  readonly coldkey: Coldkey;
  /** `null`: this data folder has none for this chain. */
  readonly hotkey: Hotkey | null;
  /** @throws MillraceError KEYS, in words for the owner, when nobody here can sign for the coldkey */
  requireSigner(): void;
  /**
   * The key for what was shown, after its password was typed; an extension is asked when the order is signed.
   * @throws MillraceError KEYS, USAGE without a terminal and without a file, WRONG_PASSWORD, ABORTED
   */
  openSigner(shown: ShownQuote, chain: OrderChain, signal: AbortSignal): Promise<OpenedSigner>;
  /** Wipes every secret, and ends what an extension is asked for. */
  close(): Promise<void>;
}

interface Asked {
  readonly home: string;
  /** The devnet has play-money keys of its own, which sign nowhere else. */
  readonly isDevnet: boolean;
  readonly coldkeyPasswordFile: string | undefined;
}

/** @throws MillraceError NOT_FOUND when there is no coldkey for this chain, SETTINGS when a key file is damaged */
export function openAccount(asked: Asked, context: CommandContext, ports: AccountPorts): WalletAccount {
  return asked.isDevnet ? devnetAccount(asked.home) : keyringAccount(asked, context, ports);
}

function devnetAccount(home: string): WalletAccount {
  // A look must not make keys.
  if (!existsSync(join(home, 'wallet', 'coldkey.json'))) {
    throw new MillraceError('NOT_FOUND', `There is no wallet in ${home}. Millrace makes one when it first runs there.`);
  }
  const wallet = openWallet(home);
  const signers: WalletSigners = { devnet: wallet.coldkey.pair };
  return {
    ...addressesOf(devnetKeys(wallet), home),
    requireSigner: () => undefined,
    openSigner: (shown, chain, signal) =>
      openSigner({ signers, chain, isDevnet: true }, { kind: 'devnet' }, shown, signal),
    close: () => Promise.resolve(),
  };
}

function keyringAccount(
  { home, coldkeyPasswordFile }: Asked,
  { dist, log, nowMs, output, interrupted }: CommandContext,
  { prompts, derive, extensionPort }: AccountPorts,
): WalletAccount {
  const keyring = openKeyring({
    ...{ home, walletsFolder: null, nowMs, log, onChange: () => undefined },
    secretBox: () => Promise.resolve(NO_KEYCHAIN),
    ...(derive === undefined ? {} : { derive }),
  });
  const bridge = createExtensionBridge({
    ...{ nowMs, log, folder: join(dist, 'extension-page'), onChange: () => undefined },
    ...(extensionPort === undefined ? {} : { port: extensionPort }),
    openUrl: (url) => {
      output.event('extension', { url });
      output.line(`Open this in the browser with your extension, on this machine: ${url}`);
    },
  });
  const signers: WalletSigners = {
    unlock: (password) => keyring.coldkeySigner(password),
    extension: async ({ address, shown, chain, signal }) => {
      const described = await chain.connection.ask('Describing the chain', describeChain, signal);
      return bridge.signerFor(address, { shown, chain: described, signal });
    },
  };
  const closeKeyring = (): void => keyring.close();
  interrupted.addEventListener('abort', closeKeyring);

  async function signingOf(signal: AbortSignal): Promise<Signing> {
    requireSigner(keyring);
    if (keyring.state().coldkey.kind === 'extension') return { kind: 'extension' };
    if (coldkeyPasswordFile !== undefined) {
      return { kind: 'password', password: readPasswordFile(coldkeyPasswordFile) };
    }
    if (!prompts.isTerminal) {
      throw new MillraceError(
        'USAGE',
        'There is no terminal to ask on for the coldkey’s password: name a file by --coldkey-password-file. Nothing was sent.',
      );
    }
    return { kind: 'password', password: await prompts.hidden('Password of the coldkey: ', signal) };
  }

  return {
    ...addressesOf(realKeys(keyring), home),
    requireSigner: () => requireSigner(keyring),
    openSigner: async (shown, chain, signal) =>
      openSigner({ signers, chain, isDevnet: false }, await signingOf(signal), shown, signal),
    close: async () => {
      interrupted.removeEventListener('abort', closeKeyring);
      keyring.close();
      await bridge.close();
    },
  };
}

function requireSigner(keyring: Keyring): void {
  if (keyring.state().coldkey.kind !== 'watch-only') return;
  throw new MillraceError(
    'KEYS',
    'This coldkey is only watched: what signs for it is not on this machine. Import the coldkey, or connect a browser extension, to send orders. Nothing was sent.',
  );
}

function addressesOf({ coldkey, hotkey }: SessionKeys, home: string): Pick<WalletAccount, 'coldkey' | 'hotkey'> {
  if (coldkey !== null) return { coldkey, hotkey };
  throw new MillraceError(
    'NOT_FOUND',
    `There is no coldkey for this chain in ${home}: create, import or watch one with millrace keys.`,
  );
}
