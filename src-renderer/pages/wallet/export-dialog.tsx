import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { saveText } from '../../components/save-text.ts';
import { useCommand } from '../../store/use-command.ts';
import { parseFiatPrices } from './fiat-prices.ts';
import { FormNote } from './order-form.tsx';

export function ExportDialog({ onClose }: { readonly onClose: () => void }) {
  const [currency, setCurrency] = useState('');
  const [prices, setPrices] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const { send, pending, failure } = useCommand();
  const hasPrices = currency.trim() !== '' || prices.trim() !== '';
  const save = async (): Promise<void> => {
    setSaved(null);
    const fiat = hasPrices ? fiatOf(currency, prices) : null;
    if (typeof fiat === 'string') {
      setProblem(fiat);
      return;
    }
    setProblem(null);
    const reply = await send('wallet.export-history', { fiat });
    if (!reply.ok) return;
    const name = `millrace-history-${new Date().toISOString().slice(0, 10)}.csv`;
    saveText(name, reply.value.csv);
    setSaved(`${name}: ${reply.value.rows.toLocaleString('en')} ${reply.value.rows === 1 ? 'row' : 'rows'}.`);
  };
  return (
    <Dialog title="Export the history" testId="export-dialog" onClose={onClose}>
      <FormNote>
        A table (CSV) of all orders and rewards, for a spreadsheet or a tax adviser. Amounts in TAO and alpha are exact.
        To have them in your currency too, say what one TAO was worth.
      </FormNote>
      <TextInput
        label="Currency"
        hint="Three letters, such as EUR. Empty: no prices."
        maxLength={3}
        placeholder="EUR"
        value={currency}
        testId="export-currency"
        onChange={(text) => setCurrency(text.toUpperCase())}
      />
      <Field
        label="Price of one TAO"
        hint="One number for all days, or a line for each day: 2026-11-28 251.30"
        problem={problem}
      >
        {(control) => (
          <textarea
            {...control}
            rows={5}
            spellCheck={false}
            maxLength={50_000}
            placeholder={'2026-11-27 249.80\n2026-11-28 251.30'}
            value={prices}
            data-testid="export-prices"
            onChange={({ target }) => setPrices(target.value)}
          />
        )}
      </Field>
      <Failure message={failure} />
      <p role="status">{saved === null ? '' : `Handed to your downloads: ${saved}`}</p>
      <DialogActions>
        <Button kind="secondary" onClick={onClose}>
          Close
        </Button>
        <Button kind="primary" disabled={pending} data-testid="export-save" onClick={() => void save()}>
          {pending ? 'Writing…' : 'Save the table'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

interface Fiat {
  readonly currency: string;
  readonly pricesByDay: Record<string, number>;
}

/** A text says what is wrong. */
function fiatOf(currency: string, prices: string): Fiat | string {
  if (!/^[A-Z]{3}$/.test(currency.trim())) return 'Say in which currency these prices are: three letters, such as EUR.';
  const parsed = parseFiatPrices(prices, Date.now());
  return parsed.kind === 'wrong'
    ? parsed.message
    : { currency: currency.trim(), pricesByDay: { ...parsed.pricesByDay } };
}
