import { useId, useState, type SubmitEvent } from 'react';
import type { ChainName, NetworkChoice } from '#protocol/contract/state.ts';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { CHAIN_LABELS, connectionText } from '../../format/chain-words.ts';
import { useAppState, useIsConnected } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import { useNow } from '../../store/use-now.ts';
import { choiceOf, draftOf, draftProblems, isChanged, withChain, type NetworkDraft } from './network-draft.ts';
import styles from './network-setting.module.css';
import selectStyles from './select-setting.module.css';
import { SettingRow } from './setting-row.tsx';

const cx = bind(styles);
const cxSelect = bind(selectStyles);

const CHOICES: readonly (readonly [ChainName, string, string])[] = [
  ['devnet', 'Devnet', 'A whole network on this machine. Its TAO has no value; it shows that everything works.'],
  [
    'finney',
    'Finney, the main chain',
    'Bittensor itself, where TAO is money. Nothing is registered or spent without you.',
  ],
  ['test', 'Test chain', 'Bittensor’s own test chain. Its TAO has no value.'],
  ['local', 'Local node', 'A Subtensor node on this machine, at port 9944 or 9945.'],
  ['custom', 'Own addresses', 'A chain at addresses that you trust: they tell Millrace what you own and are paid.'],
];
const CLOCK_MS = 10_000;

/** Which chain, which of its subnets, and how the connection is. Takes effect by its button, because it ends the work. */
export function NetworkSetting() {
  const settings = useAppState((state) => state.settings);
  const fixed = useAppState((state) => state.fixedNetwork);
  const saved = fixed ?? settings;
  const [typed, setTyped] = useState<NetworkDraft | null>(null);
  const draft = typed ?? draftOf(saved);
  const { send, pending, failure } = useCommand();
  const isDisabled = !useIsConnected() || fixed !== null || pending;
  const problems = draftProblems(draft);
  const changed = isChanged(draft, saved);
  const isReady = problems.endpoints === null && problems.netuid === null;
  const id = useId();
  const effect = CHOICES.find(([chain]) => chain === draft.chain)?.[2] ?? '';

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!changed || !isReady || isDisabled) return;
    const reply = await send('settings.update', patchOf(choiceOf(draft, saved)));
    if (reply.ok) setTyped(null);
  };

  return (
    <form className={cx('form')} onSubmit={(event) => void submit(event)} noValidate>
      <SettingRow
        label={<label htmlFor={`${id}-chain`}>Chain</label>}
        effect={
          fixed === null ? effect : `Millrace was started with --chain. Start it without to choose here. ${effect}`
        }
        effectId={`${id}-chain-effect`}
        failure={null}
      >
        <select
          id={`${id}-chain`}
          className={cxSelect('select')}
          value={draft.chain}
          disabled={isDisabled}
          aria-describedby={`${id}-chain-effect`}
          data-testid="setting-chain"
          onChange={({ target }) => setTyped(withChain(draft, target.value as ChainName, saved))}
        >
          {CHOICES.map(([chain, label]) => (
            <option key={chain} value={chain}>
              {label}
            </option>
          ))}
        </select>
      </SettingRow>
      {draft.chain === 'custom' && (
        <SettingRow
          label={<label htmlFor={`${id}-endpoints`}>Addresses</label>}
          effect="One a line, the preferred one first, at most five. The next one is taken when one is down, behind, or not the same chain. wss://…, or ws://… on this machine."
          effectId={`${id}-endpoints-effect`}
          failure={null}
        >
          <textarea
            id={`${id}-endpoints`}
            className={cx('field', 'addresses')}
            rows={3}
            spellCheck={false}
            autoCapitalize="none"
            placeholder="wss://node.example.org"
            value={draft.endpointsText}
            disabled={isDisabled}
            aria-invalid={changed && problems.endpoints !== null}
            aria-describedby={`${id}-endpoints-effect ${id}-problem`}
            data-testid="setting-customEndpoints"
            onChange={({ target }) => setTyped({ ...draft, endpointsText: target.value })}
          />
        </SettingRow>
      )}
      {draft.chain !== 'devnet' && (
        <SettingRow
          label={<label htmlFor={`${id}-netuid`}>Subnet</label>}
          effect="The number of the subnet whose run this machine trains. Its owner says which one it is."
          effectId={`${id}-netuid-effect`}
          failure={null}
        >
          <input
            id={`${id}-netuid`}
            className={cx('field', 'netuid')}
            inputMode="numeric"
            maxLength={5}
            autoComplete="off"
            value={draft.netuidText}
            disabled={isDisabled}
            aria-invalid={changed && problems.netuid !== null}
            aria-describedby={`${id}-netuid-effect ${id}-problem`}
            data-testid="setting-netuid"
            onChange={({ target }) => setTyped({ ...draft, netuidText: target.value })}
          />
        </SettingRow>
      )}
      <div className={cx('foot')}>
        {changed ? (
          <>
            <p id={`${id}-problem`} className={cx(isReady ? 'note' : 'problem')}>
              {problems.endpoints ?? problems.netuid ?? effectOf(draft.chain, saved.chain)}
            </p>
            <div className={cx('buttons')}>
              <Button kind="quiet" disabled={pending} onClick={() => setTyped(null)}>
                Discard
              </Button>
              <Button kind="primary" type="submit" disabled={isDisabled || !isReady} data-testid="switch-chain">
                {pending
                  ? 'Switching…'
                  : draft.chain === saved.chain
                    ? 'Use these'
                    : `Switch to ${nameOf(draft.chain)}`}
              </Button>
            </div>
          </>
        ) : (
          <Connection />
        )}
      </div>
      {failure !== null && (
        <p className={cx('failure')} role="alert">
          Not switched: {failure}
        </p>
      )}
    </form>
  );
}

function Connection() {
  const network = useAppState((state) => state.network);
  const nowMs = useNow(network.staleSinceMs === null ? null : CLOCK_MS);
  return (
    <p className={cx('note')} role="status" data-testid="chain-connection">
      {connectionText(network, nowMs)}
    </p>
  );
}

const nameOf = (chain: ChainName): string =>
  chain === 'custom' ? 'these addresses' : chain === 'finney' ? 'Finney' : `the ${CHAIN_LABELS[chain].toLowerCase()}`;

const effectOf = (next: ChainName, before: ChainName): string =>
  before === 'devnet' && next !== 'devnet'
    ? 'Ends the work and the devnet, which waits here unchanged. Your keys stay the same.'
    : 'Ends the work. Your keys stay the same; what was earned elsewhere is shown when you are back.';

const patchOf = ({ chain, customEndpoints, netuid }: NetworkChoice) => ({
  ...{ chain, netuid, customEndpoints: [...customEndpoints] },
});
