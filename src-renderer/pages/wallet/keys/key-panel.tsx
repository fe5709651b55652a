import { useState, type ReactNode } from 'react';
import { Badge } from '../../../components/badge.tsx';
import { Button, type ButtonProps } from '../../../components/button.tsx';
import { bind } from '../../../components/class-names.ts';
import { Failure } from '../../../components/failure.tsx';
import { CheckIcon } from '../../../components/icons.tsx';
import { KeyHeading } from '../key-heading.tsx';
import styles from './key-panel.module.css';

const cx = bind(styles);

/** What can be done with a key now: opens a form of the panel, or does it at once. */
export interface KeyAction<Form extends string> {
  readonly label: string;
  readonly does: Form | (() => void);
  readonly kind?: ButtonProps['kind'];
  readonly disabled?: boolean;
}

export interface KeyPanelProps<Form extends string> {
  readonly title: string;
  readonly icon: ReactNode;
  readonly what: string;
  readonly badge: { readonly tone: 'plain' | 'good' | 'warn'; readonly words: string };
  readonly address: string | null;
  /** How it is kept, or why it is not there. */
  readonly note: string;
  readonly testId: string;
  /** Before the buttons. */
  readonly first?: ReactNode;
  /** What matters most. */
  readonly main: readonly KeyAction<Form>[];
  /** All else, in a line of its own. */
  readonly more: readonly KeyAction<Form>[];
  /** Why an action that opens no form was refused. */
  readonly failure?: string | null;
  readonly form: (open: Form, close: () => void) => ReactNode;
}

/** One key: what it is for, how it stands, and below it what can be done, or the form that does it. */
export function KeyPanel<Form extends string>(props: KeyPanelProps<Form>) {
  const { title, icon, what, badge, address, note, testId, first, main, more, failure = null, form } = props;
  const [open, setOpen] = useState<Form | null>(null);
  const buttons = (actions: readonly KeyAction<Form>[], usual: ButtonProps['kind']): ReactNode =>
    actions.map(({ label, does, kind = usual, disabled = false }) => (
      <Button
        key={label}
        kind={kind}
        disabled={disabled}
        onClick={() => (typeof does === 'function' ? does() : setOpen(() => does))}
      >
        {label}
      </Button>
    ));
  return (
    <section className={cx('panel')} aria-label={`${title} for real chains`} data-testid={testId}>
      <KeyHeading
        {...{ title, icon, what }}
        level={3}
        badge={
          <Badge tone={badge.tone}>
            {badge.tone === 'good' && <CheckIcon />} {badge.words}
          </Badge>
        }
      />
      {address !== null && <code className={cx('address')}>{address}</code>}
      <p className={cx('note')}>{note}</p>
      {open !== null ? (
        form(open, () => setOpen(null))
      ) : (
        <div className={cx('foot')}>
          <Failure message={failure} />
          {(first !== undefined || main.length > 0) && (
            <div className={cx('actions')}>
              {first}
              {buttons(main, 'secondary')}
            </div>
          )}
          {more.length > 0 && <div className={cx('actions', 'more')}>{buttons(more, 'quiet')}</div>}
        </div>
      )}
    </section>
  );
}
