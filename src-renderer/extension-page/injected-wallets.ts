import { web3Accounts, web3Enable, web3FromSource } from '@polkadot/extension-dapp';
import type { FoundExtension } from '#protocol/contract/extension.ts';
import type { PageAccount, PageChain, PageMetadata, SigningPayload } from '#protocol/contract/extension-page.ts';

/** What the owner's extensions can do. */
export interface InjectedWallets {
  /** What is injected now, before it is asked for anything. */
  found(): readonly FoundExtension[];
  /** Asks every extension for its accounts; each may ask its owner first. */
  accounts(): Promise<readonly PageAccount[]>;
  /** Lets the extension learn the chain's calls, unless it knows them. Does nothing where the extension or its owner will not. */
  offerMetadata(source: string, chain: PageChain, read: () => Promise<PageMetadata>): Promise<void>;
  /** @throws Error in the extension's words */
  sign(source: string, payload: SigningPayload): Promise<WalletSignature>;
}

interface WalletSignature {
  readonly signature: string;
  readonly signedTransaction?: string;
}

type Injected = Awaited<ReturnType<typeof web3FromSource>>;
type AskedPayload = Parameters<NonNullable<Injected['signer']['signPayload']>>[0];
type Definition = Parameters<NonNullable<Injected['metadata']>['provide']>[0];

const APP_NAME = 'Millrace';
/** Bittensor's: Substrate's generic prefix, and 1 TAO = 10^9 rao. */
const SS58_FORMAT = 42;
const TAO_DECIMALS = 9;
/** What main takes of a name. */
const MAX_WORD_CHARACTERS = 100;

export const injectedWallets: InjectedWallets = {
  found: () => {
    const injected = (window as { readonly injectedWeb3?: unknown }).injectedWeb3;
    if (typeof injected !== 'object' || injected === null) return [];
    return Object.entries(injected).map(([name, extension]: [string, unknown]) => ({
      name: cut(name),
      version: cut(versionOf(extension)),
    }));
  },
  accounts: async () => {
    await web3Enable(APP_NAME);
    const accounts = await web3Accounts({ ss58Format: SS58_FORMAT });
    return (
      accounts
        // Ethereum's have another form, and sign nothing that Bittensor takes.
        .filter(({ address, type }) => type !== 'ethereum' && !address.startsWith('0x'))
        .map(({ address, meta }) => ({ address, name: cut(meta.name ?? ''), source: cut(meta.source) }))
    );
  },
  offerMetadata: async (source, chain, read) => {
    const { metadata } = await web3FromSource(source);
    if (metadata === undefined) return;
    try {
      const known = await metadata.get();
      const isKnown = known.some(
        ({ genesisHash, specVersion }) => genesisHash === chain.genesisHash && specVersion >= chain.specVersion,
      );
      if (!isKnown) await metadata.provide(definitionOf(chain, await read()));
    } catch (error) {
      // It then shows the call less well, or signs nothing and says so.
      console.warn('The extension took no metadata', error);
    }
  },
  sign: async (source, payload) => {
    const { signer } = await web3FromSource(source);
    if (signer.signPayload === undefined) throw new Error('This extension cannot sign transactions');
    const { signature, signedTransaction } = await signer.signPayload(payload as unknown as AskedPayload);
    return { signature, ...(signedTransaction !== undefined && { signedTransaction: hexOf(signedTransaction) }) };
  },
};

const definitionOf = ({ name, genesisHash, specVersion }: PageChain, metadata: PageMetadata): Definition => ({
  ...{ chain: name, genesisHash: genesisHash as Definition['genesisHash'], specVersion },
  ...{ icon: 'substrate', ss58Format: SS58_FORMAT, chainType: 'substrate', types: {} },
  ...{ tokenDecimals: TAO_DECIMALS, tokenSymbol: 'TAO', metaCalls: metadata.metaCalls },
  rawMetadata: metadata.rawMetadata as NonNullable<Definition['rawMetadata']>,
});

function versionOf(extension: unknown): string {
  const isNamed = typeof extension === 'object' && extension !== null && 'version' in extension;
  return isNamed && typeof extension.version === 'string' ? extension.version : '';
}

const cut = (text: string): string => text.slice(0, MAX_WORD_CHARACTERS);

const hexOf = (bytes: string | Uint8Array): string =>
  typeof bytes === 'string' ? bytes : `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
