import { Component, type ReactNode } from 'react';
import { Button } from '../components/button.tsx';
import { bind } from '../components/class-names.ts';
import { Mark } from '../components/mark.tsx';
import { errorMessage } from '#protocol/errors.ts';
import styles from './loading.module.css';

const cx = bind(styles);

export interface CrashScreenProps {
  readonly children: ReactNode;
}

interface CrashState {
  readonly message: string | null;
}

/** A surprise while drawing ends here instead of in an empty window; the work itself is not touched by it. */
export class CrashScreen extends Component<CrashScreenProps, CrashState> {
  override readonly state: CrashState = { message: null };

  static getDerivedStateFromError(error: unknown): CrashState {
    return { message: errorMessage(error) };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <main className={cx('loading')}>
        <div className={cx('mark')}>
          <Mark tone="bad" />
        </div>
        <h1 className={cx('words')}>The dashboard could not be drawn</h1>
        <p className={cx('advice')} role="alert">
          Millrace itself goes on working. Reload the dashboard; if this comes back, report these words: “
          {this.state.message}”
        </p>
        <Button kind="primary" onClick={() => location.reload()}>
          Reload
        </Button>
      </main>
    );
  }
}
