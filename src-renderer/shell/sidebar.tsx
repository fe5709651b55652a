import { bind } from '../components/class-names.ts';
import { ChipIcon, HomeIcon, SlidersIcon, WalletIcon } from '../components/icons.tsx';
import { Mark } from '../components/mark.tsx';
import { useDashboard } from '../store/context.tsx';
import { PAGE_TITLES, PAGES, type Page } from '../store/pages.ts';
import { NetworkStatus } from './network-status.tsx';
import styles from './sidebar.module.css';

const cx = bind(styles);

const ICONS: Readonly<Record<Page, () => React.ReactNode>> = {
  home: HomeIcon,
  hardware: ChipIcon,
  wallet: WalletIcon,
  settings: SlidersIcon,
};

export function Sidebar() {
  const current = useDashboard((dashboard) => dashboard.page);
  const showPage = useDashboard((dashboard) => dashboard.showPage);
  return (
    <header className={cx('sidebar')}>
      <div className={cx('brand')}>
        <span className={cx('mark')}>
          <Mark />
        </span>
        <span className={cx('name')}>Millrace</span>
      </div>
      <nav aria-label="Pages">
        <ul className={cx('list')}>
          {PAGES.map((page, index) => {
            const Icon = ICONS[page];
            return (
              <li key={page}>
                <button
                  type="button"
                  className={cx('item', page === current && 'current')}
                  aria-current={page === current ? 'page' : undefined}
                  aria-keyshortcuts={`Control+${index + 1} Meta+${index + 1}`}
                  data-testid={`nav-${page}`}
                  onClick={() => showPage(page)}
                >
                  <Icon />
                  <span>{PAGE_TITLES[page]}</span>
                </button>
              </li>
            );
          })}
        </ul>
      </nav>
      <NetworkStatus />
    </header>
  );
}
