import { about } from '../about-time.ts';
import { limitToPay } from './amounts.ts';
import type { RegisterFacts, TransferFacts } from './facts.ts';
import type { RegisterOrder, TransferOrder } from './orders.ts';
import type { Quote, QuoteTerms } from './quote.ts';
import { checkAddress, checkSpending, checkSwap, checkTerms, firstRefusal, warnOfLoss } from './quote-checks.ts';
import { type OrderRefusal, refuse, tao } from './refusals.ts';

/** Of TAO to another account: all of it arrives. */
export function quoteTransfer(order: TransferOrder, { account, recipientFree }: TransferFacts): Quote | OrderRefusal {
  const { amount } = order;
  const refusal = firstRefusal(
    () => checkAddress(order.to, 'an account'),
    () => checkSwap(account),
    () => (amount === 0n ? refuse('nothing', 'The amount is zero.') : null),
    () => checkSpending(account, amount),
    () =>
      recipientFree === 0n && amount < account.existentialDeposit
        ? refuse(
            'too-little',
            `An account that has nothing yet needs at least ${tao(account.existentialDeposit)}. Look at the address again, or send more.`,
          )
        : null,
  );
  if (refusal !== null) return refusal;
  const paid = { unit: 'tao', amount } as const;
  return {
    ...{ kind: 'quote', block: account.block, pays: paid, receives: paid, leastReceived: paid, prices: [] },
    ...{ limit: null, tolerancePpm: 0, swapFee: null, slippagePpm: 0, warnings: [], notes: [] },
    transactionFee: account.transactionFee,
  };
}

/** Of a uid: the price may rise until a block has it, by the tolerance at most. What is paid is burned, or locked. */
export function quoteRegister(order: RegisterOrder, facts: RegisterFacts, terms: QuoteTerms): Quote | OrderRefusal {
  const { account, cost } = facts;
  const limit = limitToPay(cost, terms.tolerancePpm);
  const refusal = firstRefusal(
    () => checkAddress(order.hotkey, 'a hotkey'),
    () => checkSwap(account),
    () =>
      !facts.exists || order.netuid === 0
        ? refuse('no-subnet', `Subnet ${order.netuid} is none that a hotkey can be registered in.`)
        : null,
    () => (facts.isRegistered ? refuse('registered', 'This hotkey is registered in the subnet already.') : null),
    () =>
      facts.isForeign
        ? refuse('foreign-hotkey', 'This hotkey belongs to another coldkey. Sign with that one, or use another hotkey.')
        : null,
    () => (facts.isOpen ? null : refuse('closed', `Subnet ${order.netuid} takes no registrations now.`)),
    () => checkTerms(terms, 0),
    () => checkSpending(account, cost),
  );
  if (refusal !== null) return refusal;
  return {
    ...{ kind: 'quote', block: account.block, pays: { unit: 'tao', amount: cost }, receives: null },
    ...{ leastReceived: null, prices: [], limit: { kind: 'cost', cost: limit }, swapFee: null, slippagePpm: 0 },
    tolerancePpm: terms.tolerancePpm,
    transactionFee: account.transactionFee,
    warnings: warnOfLoss(terms, 0),
    notes: registrationNotes(facts),
  };
}

/** How long a uid is safe, and what ends it: pallets/subtensor/src/subnets/registration.rs (get_neuron_to_prune). */
function registrationNotes({ immunityBlocks, neurons, maxNeurons, blockMs }: RegisterFacts): readonly string[] {
  const places = `${neurons} of ${maxNeurons} places are taken`;
  return [
    neurons < maxNeurons
      ? `The subnet is not full: ${places}. Once it is, each new registration takes the place of the hotkey that earned least in the last epoch.`
      : `The subnet is full: ${places}. This registration takes the place of the hotkey that earned least in the last epoch, and a later one may take this hotkey’s place in the same way.`,
    `The hotkey is immune for ${immunityBlocks} blocks (${about(immunityBlocks * blockMs)}): in that time another gives way first. After it, a hotkey that earns nothing is soon replaced.`,
    'What registering costs does not come back, also when the hotkey is replaced.',
  ];
}
