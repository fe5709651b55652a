import { TRADE } from './devnet-outcomes.ts';

/** Where an older runtime ends in something else than the devnet, and why. */
export interface Difference {
  /** Their names. */
  readonly cases: readonly string[];
  /** Lines of the devnet's outcome, and what is there instead of them. */
  readonly here: readonly string[];
  readonly there: readonly string[];
  readonly why: string;
  /** Of the newest runtime in which it was seen. */
  readonly upToSpec: number;
}

const SPEC = 218;
const PAID = 'around balances.Withdraw, balances.Deposit, transactionPayment.TransactionFeePaid';
const FREE = 'around transactionPayment.TransactionFeePaid';
const STAKES = ['stake', 'stake added through the proxy'];
const item = (name: string): string => `storage subtensorModule.${name}`;

export const DIFFERENCES: readonly Difference[] = [
  {
    cases: [
      ...['registering on root', 'registering in a subnet that there is not', 'registering without the money'],
      ...['registering a hotkey', 'registering it again', 'stake in a subnet that there is not'],
      ...['stake with a hotkey that there is not', 'stake of too little', 'stake of more than there is', 'stake'],
      ...['unstaking of nothing', 'unstaking', 'unstaking of more than there is'],
    ],
    here: [PAID],
    there: [FREE],
    why: 'Registering and staking were free of the transaction fee.',
    upToSpec: SPEC,
  },
  {
    cases: ['registering in a subnet that there is not', 'children in a subnet that there is not'],
    here: ['error subtensorModule.SubnetNotExists'],
    there: ['error subtensorModule.SubNetworkDoesNotExist'],
    why: 'The error was renamed.',
    upToSpec: SPEC,
  },
  {
    cases: ['registering a hotkey'],
    here: ['event balances.Transfer(from: owner, to: another, amount: BURN)'],
    there: [
      'event balances.Withdraw(who: owner, amount: BURN)',
      'event subtensorModule.RAORecycledForRegistrationSet(NETUID, BURN)',
    ],
    why: 'The price was recycled: it ceased to be. Today it buys alpha, so it goes to the account of the subnet.',
    upToSpec: SPEC,
  },
  {
    cases: ['registering a hotkey'],
    here: ['burn', 'subnetTaoFlow', 'subnetVolume'].map(item),
    there: ['burnRegistrationsThisInterval', 'registrationsThisInterval'].map(item),
    why: 'The price was adjusted every 100 blocks by the number of registrations; today every registration raises it, and is a trade.',
    upToSpec: SPEC,
  },
  {
    cases: ['registering a hotkey'],
    here: [],
    there: ['pruningScores', 'rank', 'stake', 'trust'].map(item),
    why: 'These items are not written any more.',
    upToSpec: SPEC,
  },
  {
    cases: ['weights for root'],
    here: ['error subtensorModule.CommitRevealEnabled'],
    there: ['error subtensorModule.CanNotSetRootNetworkWeights'],
    why: 'Whether weights must be committed to first was not looked at on root.',
    upToSpec: SPEC,
  },
  {
    cases: ['a commitment'],
    here: ['storage commitments.timelockedIndex', 'storage commitments.usedSpaceOf'],
    there: [],
    why: 'There were no timelocked fields, and a rate limit in blocks instead of a space in bytes.',
    upToSpec: SPEC,
  },
  {
    cases: ['a commitment of three fields'],
    here: [
      'event commitments.Commitment(netuid: NETUID, who: miner)',
      'storage commitments.commitmentOf',
      'storage commitments.lastCommitment',
      'storage commitments.usedSpaceOf',
      FREE,
    ],
    there: ['error refused'],
    why: 'A commitment had one field.',
    upToSpec: SPEC,
  },
  {
    cases: STAKES,
    here: ['event balances.Transfer(from: staker, to: another, amount: 2000000000)'],
    there: ['event balances.Withdraw(who: staker, amount: 2000000000)'],
    why: 'Staked TAO left the accounts; today it goes to the account of the subnet.',
    upToSpec: SPEC,
  },
  {
    cases: ['stake'],
    here: [
      'event system.NewAccount(account: another)',
      'event balances.Endowed(account: another, freeBalance: SWAP FEE)',
    ],
    there: [],
    why: 'There was no fee for swaps, so none is burned.',
    upToSpec: SPEC,
  },
  {
    cases: STAKES,
    here: [
      'event balances.Transfer(from: another, to: another, amount: SWAP FEE)',
      'event subtensorModule.StakeAdded(staker, miner, 2000000000, ALPHA, NETUID, SWAP FEE)',
    ],
    there: ['event subtensorModule.StakeAdded(staker, miner, 2000000000, ALPHA, NETUID)'],
    why: 'There was no fee for swaps, and the event has none.',
    upToSpec: SPEC,
  },
  {
    cases: ['unstaking'],
    here: [
      'event balances.Transfer(from: another, to: staker, amount: BACK)',
      'event subtensorModule.StakeRemoved(staker, miner, BACK, SOLD, NETUID, SWAP FEE)',
    ],
    there: [
      'event subtensorModule.StakeRemoved(staker, miner, BACK, SOLD, NETUID)',
      'event balances.Deposit(who: staker, amount: BACK)',
    ],
    why: 'The TAO came to be instead of coming from the account of the subnet; no fee for swaps.',
    upToSpec: SPEC,
  },
  {
    cases: ['stake of too little'],
    here: ['error subtensorModule.AmountTooLow'],
    there: [
      'event balances.Withdraw(who: staker, amount: 1000)',
      'event subtensorModule.StakeAdded(staker, miner, 1000, LITTLE, NETUID)',
      ...['alpha', 'subnetAlphaIn', 'subnetAlphaOut', 'subnetTAO', 'totalHotkeyAlpha', 'totalHotkeyShares'].map(item),
      item('totalStake'),
    ],
    why: 'There was no least amount.',
    upToSpec: SPEC,
  },
  {
    cases: ['unstaking of nothing'],
    here: ['error subtensorModule.AmountTooLow'],
    there: ['error subtensorModule.StakeToWithdrawIsZero'],
    why: 'The error was another one.',
    upToSpec: SPEC,
  },
  {
    cases: ['unstaking of more than there is'],
    here: [
      'event balances.Transfer(from: another, to: staker, amount: BACK)',
      'event subtensorModule.StakeRemoved(staker, miner, BACK, SOLD, NETUID, SWAP FEE)',
      ...TRADE,
    ],
    there: ['error subtensorModule.NotEnoughStakeToWithdraw'],
    why: 'Today it counts as all that there is.',
    upToSpec: SPEC,
  },
  {
    cases: ['weights without a permit'],
    here: ['error subtensorModule.NeuronNoValidatorPermit'],
    there: ['event subtensorModule.WeightsSet(NETUID, UID)', item('lastUpdate'), item('weights')],
    why: 'The runtime in that file is of a test network (commit c39109d32, January 2025): after each block a stand-in for the epoch, `epoch_mock`, gives every neuron a permit.',
    upToSpec: SPEC,
  },
  {
    cases: ['weights for oneself'],
    here: [
      'event subtensorModule.WeightsSet(NETUID, UID)',
      'value subtensorModule.weights: [] → [[UID,65535]]',
      item('lastUpdate'),
      item('weights'),
    ],
    there: ['error subtensorModule.SettingWeightsTooFast'],
    why: 'Those without a permit, in the block before, were taken.',
    upToSpec: SPEC,
  },
  {
    cases: [...STAKES, 'unstaking'],
    here: ['alphaV2', 'totalHotkeySharesV2', 'lastColdkeyHotkeyStakeBlock', 'subnetTaoFlow', 'subnetVolume'].map(item),
    there: ['alpha', 'totalHotkeyShares'].map(item),
    why: 'Shares of stake were fixed-point numbers under other names; flow, volume and the block of the last stake were not kept.',
    upToSpec: SPEC,
  },
  {
    cases: ['two children'],
    here: [
      'event subtensorModule.SetChildrenScheduled(miner, NETUID, COOLED, [["0x8000000000000000","stranger"], [1,"second"]])',
      item('pendingChildKeys'),
    ],
    there: [
      'event subtensorModule.SetChildren(miner, NETUID, [["0x8000000000000000","stranger"], [1,"second"]])',
      'value subtensorModule.childKeys: [] → [["0x8000000000000000","stranger"], [1,"second"]]',
      item('childKeys'),
      item('parentKeys'),
    ],
    why: 'Children counted at once; today they wait for a day and the next epoch. COOLED is the block until which.',
    upToSpec: SPEC,
  },
  {
    cases: ['a lower take of children'],
    here: ['event subtensorModule.ChildKeyTakeSet(miner, 65)', item('childkeyTake'), item('transactionKeyLastBlock')],
    there: ['error subtensorModule.TxChildkeyTakeRateLimitExceeded'],
    why: 'A take could not be lowered at any time either.',
    upToSpec: SPEC,
  },
];
