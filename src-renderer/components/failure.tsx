import { bind } from './class-names.ts';
import styles from './failure.module.css';

const cx = bind(styles);

/** Why a command was refused, announced at once; nothing when `message` is `null`. */
export function Failure({ message }: { readonly message: string | null }) {
  return message === null ? null : (
    <p className={cx('failure')} role="alert">
      {message}
    </p>
  );
}
