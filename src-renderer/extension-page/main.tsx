import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createPageTransport } from './page-transport.ts';
import { ExtensionPage } from './extension-page.tsx';
import { injectedWallets } from './injected-wallets.ts';
import '../styles/tokens.css';
import '../styles/base.css';

// The token is used up; it need not stay in the history.
history.replaceState(null, '', '/');

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');

createRoot(root).render(
  <StrictMode>
    <ExtensionPage transport={createPageTransport()} wallets={injectedWallets} />
  </StrictMode>,
);
