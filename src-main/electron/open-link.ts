import type { ExtensionState } from '#protocol/contract/extension.ts';
import { isExplorerUrl } from '#main/core/wallet-service/explorer.ts';

/** Whether the page may have this opened in the system's browser: a block in an explorer, or the extension's page while it waits. */
export const mayOpenLink = (url: string, extension: ExtensionState): boolean =>
  isExplorerUrl(url) || (extension.kind === 'waiting-for-browser' && extension.url === url);
