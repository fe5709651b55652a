import { bind } from '../../components/class-names.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { useAppState } from '../../store/context.tsx';
import { SwitchSetting } from './switch-setting.tsx';
import { ThemeSettingRow } from './theme-setting.tsx';
import { ThreadsSetting } from './threads-setting.tsx';
import styles from './settings-page.module.css';

const cx = bind(styles);

export function SettingsPage() {
  const hasTray = useAppState((state) => state.host === 'electron');
  return (
    <>
      <PageHeader title="Settings" lead="Each change is saved at once." />
      <div className={cx('groups')}>
        <section aria-labelledby="settings-look">
          <h2 id="settings-look" className={cx('title')}>
            Look
          </h2>
          <div className={cx('group')}>
            <ThemeSettingRow />
          </div>
        </section>
        <section aria-labelledby="settings-work">
          <h2 id="settings-work" className={cx('title')}>
            Work
          </h2>
          <div className={cx('group')}>
            <SwitchSetting
              name="startOnLaunch"
              label="Start earning on launch"
              effect="When Millrace starts, it takes part at once. Off: it waits for your click."
            />
            <ThreadsSetting />
          </div>
        </section>
        {hasTray && (
          <section aria-labelledby="settings-window">
            <h2 id="settings-window" className={cx('title')}>
              Window
            </h2>
            <div className={cx('group')}>
              <SwitchSetting
                name="closeToTray"
                label="Keep running in the tray"
                effect="Closing the window leaves Millrace at work in the tray. Off: closing it stops the work and quits."
              />
            </div>
          </section>
        )}
      </div>
    </>
  );
}
