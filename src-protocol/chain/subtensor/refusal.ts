import type { ApiPromise } from '@polkadot/api';
import type { DispatchError } from '@polkadot/types/interfaces';
import { formatTao, type Rao } from '../../units.ts';
import type { CallOutcome } from '../chain-client.ts';

type Refusal = Extract<CallOutcome, { readonly kind: 'refused' }>;

/** The numbers by which Subtensor refuses a transaction before a block has it: common/src/transaction_error.rs at spec 425. */
const CUSTOM_ERRORS: Readonly<Record<number, string>> = {
  ...{ 0: 'ColdkeyInSwapSchedule', 1: 'StakeAmountTooLow', 2: 'BalanceTooLow', 3: 'SubnetNotExists' },
  ...{ 4: 'HotkeyAccountDoesntExist', 5: 'NotEnoughStakeToWithdraw', 6: 'RateLimitExceeded' },
  ...{ 7: 'InsufficientLiquidity', 8: 'SlippageTooHigh', 9: 'TransferDisallowed', 10: 'HotKeyNotRegisteredInNetwork' },
  ...{ 11: 'InvalidIpAddress', 12: 'ServingRateLimitExceeded', 13: 'InvalidPort', 14: 'ZeroMaxAmount' },
  ...{ 15: 'InvalidRevealRound', 16: 'CommitNotFound', 17: 'CommitBlockNotInRevealRange', 18: 'InputLengthsUnequal' },
  ...{ 19: 'UidNotFound', 20: 'EvmKeyAssociateRateLimitExceeded', 21: 'ColdkeySwapDisputed', 22: 'InvalidRealAccount' },
  ...{ 25: 'NonAssociatedColdKey', 26: 'DelegateTakeTooLow', 27: 'DelegateTakeTooHigh', 255: 'BadRequest' },
};

/** What a person can make of an error, by its name. The chain's own words stand where there are none here. */
const WORDS: Readonly<Record<string, string>> = {
  AmountTooLow:
    'The amount is below the least that the chain stakes or unstakes (0.002 TAO and the fee). Choose a larger one.',
  StakeAmountTooLow: 'The amount is below the least that the chain stakes or unstakes. Choose a larger one.',
  BadSignature: 'The signature is not this account’s. Try again; if it stays so, the key file is damaged.',
  BalanceTooLow: 'The account has too little free TAO for this. Send some TAO to it first.',
  CannotPay: 'The account cannot pay the transaction fee. Send some TAO to it first.',
  ColdkeySwapAnnounced:
    'This coldkey has announced that it moves to another one; until then the chain lets it do nothing else.',
  CommitRevealEnabled:
    'This subnet takes weights only in two steps: they are committed to in one epoch, and revealed in a later one.',
  CommittingWeightsTooFast: 'The chain takes a commit of weights only every so many blocks. It is made later.',
  Expired: 'No block took the transaction in time, and now none can any more. Nothing was paid; try again.',
  HotKeyAccountNotExists: 'The chain does not know this hotkey. Register it first.',
  HotkeyAccountDoesntExist: 'The chain does not know this hotkey. Register it first.',
  HotKeyAlreadyRegisteredInSubNet: 'This hotkey is registered in the subnet already.',
  HotKeyNotRegisteredInNetwork: 'This hotkey is not registered in the subnet. Register it first.',
  HotKeyNotRegisteredInSubNet: 'This hotkey is not registered in the subnet. Register it first.',
  InsufficientBalance: 'The account has too little free TAO for this. Send some TAO to it, or choose a smaller amount.',
  InsufficientLiquidity: 'The subnet’s pool is too small for this amount. Choose a smaller one.',
  NeuronNoValidatorPermit:
    'This hotkey has no validator permit in the subnet yet: it needs more stake, and the next epoch.',
  NonAssociatedColdKey: 'This hotkey belongs to another coldkey. Sign with that one, or use another hotkey.',
  NotEnoughBalanceToStake: 'The account has too little free TAO for this. Choose a smaller amount.',
  NotEnoughStakeToWithdraw: 'There is less staked than that. Choose a smaller amount.',
  PriceLimitExceeded: 'The price is beyond the limit already. Nothing was exchanged; look at the quote again.',
  RateLimitExceeded: 'The chain takes this only every so many blocks. Try again later.',
  RevealTooEarly: 'The epoch in which these weights may be revealed has not begun yet.',
  TooManyUnrevealedCommits: 'The chain keeps no more commits of weights for this hotkey until some are revealed.',
  RegistrationPriceLimitExceeded:
    'Registering became dearer than the limit. Nothing was paid; look at the price again.',
  SettingWeightsTooFast: 'The chain takes weights only every so many blocks. They are set later.',
  SlippageTooHigh: 'The price moved beyond the limit. Nothing was exchanged; look at the quote again.',
  SpaceLimitExceeded:
    'This hotkey has written as much to the chain as one epoch allows. Try again after the next epoch.',
  StaleNonce: 'Another transaction of this account was faster. Try again.',
  StakeUnavailable: 'Part of this stake is locked. Choose at most what is available.',
  SubnetNotExists: 'The chain has no such subnet.',
  TransferDisallowed: 'This subnet does not let stake move to another coldkey.',
};

/** A transaction that a block has, and that failed there: its fee is paid. */
export function dispatchRefusal(api: ApiPromise, error: DispatchError): Refusal {
  if (error.isModule) {
    const { name, docs } = api.registry.findMetaError(error.asModule);
    return refused(name, docs.join(' '));
  }
  const inner: string = error.isToken ? error.asToken.type : error.isArithmetic ? error.asArithmetic.type : error.type;
  if (inner === 'FundsUnavailable' || inner === 'BelowMinimum') return refused('InsufficientBalance', inner);
  return refused(inner, `The chain refused this: ${inner}`);
}

/** A transaction that the chain's pool did not take; `null` for words that say nothing of the transaction itself. */
export function poolRefusal(words: string): Refusal | null {
  const custom = /Custom error: (\d+)/.exec(words)?.[1];
  if (custom !== undefined) return refused(CUSTOM_ERRORS[Number(custom)] ?? `Custom${custom}`, words);
  if (/outdated|Priority is too low/i.test(words)) return refused('StaleNonce', words);
  if (/Inability to pay/i.test(words)) return refused('CannotPay', words);
  if (/bad signature|bad proof/i.test(words)) return refused('BadSignature', words);
  if (/Invalid Transaction|Extrinsic|verification|1010/i.test(words)) return refused('Malformed', words);
  return null;
}

export const expired = (): Refusal => refused('Expired', '');

/** Before anything is signed: the chain would refuse it in any case. */
export const commitRevealRefusal = (): Refusal => refused('CommitRevealEnabled', '');

/** Before anything is signed: what the node says cannot be, or is more than anybody should pay. */
export const priceRefusal = (priceRao: Rao): Refusal =>
  refused('PriceTooHigh', `The node asks ${formatTao(priceRao)} TAO for a registration. Nothing was sent`);

const refused = (error: string, docs: string): Refusal => ({
  ...{ kind: 'refused', error },
  message: WORDS[error] ?? (docs === '' ? `The chain refused this: ${error}` : `${docs} (${error})`),
});
