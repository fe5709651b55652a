import { Badge } from '../components/badge.tsx';
import { Banner } from '../components/banner.tsx';
import { bind } from '../components/class-names.ts';
import type { FoundExtension } from '#protocol/contract/extension.ts';
import styles from './extension-page.module.css';

const cx = bind(styles);

/** What is injected into this page, or what to do when nothing is. */
export function FoundExtensions({ found }: { readonly found: readonly FoundExtension[] }) {
  if (found.length === 0)
    return (
      <Banner level="warning">
        No wallet extension shows itself to this page. Install one that signs for Substrate chains, such as polkadot
        {'{'}.js
        {'}'}, Talisman, SubWallet or the Bittensor Wallet, in Chrome, Firefox or a relative of theirs, or open this
        page in the browser that has it. The page notices it by itself.
      </Banner>
    );
  return (
    <div className={cx('found')}>
      <h2 className={cx('label')}>{found.length === 1 ? 'Extension in this browser' : 'Extensions in this browser'}</h2>
      <ul className={cx('badges')}>
        {found.map(({ name, version }) => (
          <li key={name}>
            <Badge tone="accent">
              {name} {version}
            </Badge>
          </li>
        ))}
      </ul>
    </div>
  );
}
