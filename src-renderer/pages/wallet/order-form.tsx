import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { DialogActions } from '../../components/dialog.tsx';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import styles from './order-form.module.css';

const cx = bind(styles);

export interface OrderFormProps {
  /** What is filled in so far; `null` while something is missing. */
  readonly order: OrderInput | null;
  readonly onReview: (order: OrderInput) => void;
  readonly children: ReactNode;
}

/** First step of every order: nothing is asked of the chain's purse yet. */
export function OrderForm({ order, onReview, children }: OrderFormProps) {
  return (
    <form
      className={cx('form')}
      onSubmit={(event) => {
        event.preventDefault();
        if (order !== null) onReview(order);
      }}
    >
      {children}
      <DialogActions>
        <Button kind="primary" type="submit" disabled={order === null} data-testid="review">
          See what it does
        </Button>
      </DialogActions>
    </form>
  );
}

export const FormNote = ({ children }: { readonly children: ReactNode }) => <p className={cx('note')}>{children}</p>;
