import { useEffect, type MouseEvent } from 'react';
import styles from './app.module.css';
import { bind } from './components/class-names.ts';
import { HardwarePage } from './pages/hardware/hardware-page.tsx';
import { HomePage } from './pages/home/home-page.tsx';
import { SettingsPage } from './pages/settings/settings-page.tsx';
import { WalletPage } from './pages/wallet/wallet-page.tsx';
import { ConnectionBanner } from './shell/connection-banner.tsx';
import { ExtensionRequest } from './shell/extension-request.tsx';
import { Loading } from './shell/loading.tsx';
import { Notices } from './shell/notices.tsx';
import { Sidebar } from './shell/sidebar.tsx';
import { useShortcuts } from './shell/use-shortcuts.ts';
import { useTheme } from './shell/use-theme.ts';
import { useDashboard } from './store/context.tsx';
import { PAGE_TITLES, type Page } from './store/pages.ts';

const cx = bind(styles);

const PAGE_COMPONENTS: Readonly<Record<Page, () => React.ReactNode>> = {
  home: HomePage,
  hardware: HardwarePage,
  wallet: WalletPage,
  settings: SettingsPage,
};

/** Moves the focus without leaving a mark in the address. */
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

export function App() {
  const isLoaded = useDashboard((dashboard) => dashboard.app !== null);
  const theme = useDashboard((dashboard) => dashboard.app?.settings.theme ?? 'system');
  useTheme(theme);
  return <div className={cx('frame')}>{isLoaded ? <Shell /> : <Loading />}</div>;
}

function Shell() {
  const page = useDashboard((dashboard) => dashboard.page);
  const showPage = useDashboard((dashboard) => dashboard.showPage);
  useShortcuts(showPage);
  useEffect(() => {
    document.title = page === 'home' ? 'Millrace' : `${PAGE_TITLES[page]} – Millrace`;
  }, [page]);
  const CurrentPage = PAGE_COMPONENTS[page];
  return (
    <div className={cx('shell')}>
      <a className={cx('skip')} href="#main" onClick={skipToMain}>
        Skip to the page
      </a>
      <Sidebar />
      <main id="main" tabIndex={-1} key={page} className={cx('main')} data-testid={`page-${page}`}>
        <div className={cx('column')}>
          <ConnectionBanner />
          <Notices />
          <ExtensionRequest />
          <CurrentPage />
        </div>
      </main>
    </div>
  );
}
