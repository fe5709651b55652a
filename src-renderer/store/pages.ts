/** In the order of the navigation; Ctrl+1 opens the first. */
export const PAGES = ['home', 'hardware', 'wallet', 'settings'] as const;

export type Page = (typeof PAGES)[number];

export const PAGE_TITLES: Readonly<Record<Page, string>> = {
  home: 'Home',
  hardware: 'Hardware',
  wallet: 'Wallet',
  settings: 'Settings',
};
