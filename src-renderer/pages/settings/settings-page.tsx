import { useId, type ReactNode } from 'react';
import { bind } from '../../components/class-names.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { useAppState } from '../../store/context.tsx';
import { DiskSetting } from './disk-setting.tsx';
import { NetworkSetting } from './network-setting.tsx';
import { SwitchSetting } from './switch-setting.tsx';
import { ThemeSettingRow } from './theme-setting.tsx';
import { ThreadsSetting } from './threads-setting.tsx';
import { WorkShareSetting } from './work-share-setting.tsx';
import styles from './settings-page.module.css';

const cx = bind(styles);

export function SettingsPage() {
  const hasTray = useAppState((state) => state.host === 'electron');
  return (
    <>
      <PageHeader title="Settings" lead="Each change is saved at once; another network begins by its button." />
      <div className={cx('groups')}>
        <Group title="Look">
          <ThemeSettingRow />
        </Group>
        <Group title="Work">
          <SwitchSetting
            name="startOnLaunch"
            label="Start earning on launch"
            effect="When Millrace starts, it takes part at once. Off: it waits for your click."
          />
          <ThreadsSetting />
          <WorkShareSetting />
          <DiskSetting />
        </Group>
        <Group title="Network">
          <NetworkSetting />
        </Group>
        {hasTray && (
          <Group title="Window">
            <SwitchSetting
              name="closeToTray"
              label="Keep running in the tray"
              effect="Closing the window leaves Millrace at work in the tray. Off: closing it stops the work and quits."
            />
          </Group>
        )}
      </div>
    </>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const titleId = useId();
  return (
    <section aria-labelledby={titleId}>
      <h2 id={titleId} className={cx('title')}>
        {title}
      </h2>
      <div className={cx('group')}>{children}</div>
    </section>
  );
}
