import { balances } from '../pallets/balances.ts';
import { commitments } from '../pallets/commitments/commitments.ts';
import { proxy } from '../pallets/proxy/proxy.ts';
import { subtensorModule } from '../pallets/subtensor/subtensor-module.ts';
import { swap } from '../pallets/swap/swap.ts';
import { system } from '../pallets/system.ts';
import { timestamp } from '../pallets/timestamp.ts';
import { transactionPayment } from '../pallets/transaction-payment.ts';
import { utility } from '../pallets/utility.ts';
import { RUNTIME_APIS } from '../runtime-apis/apis.ts';
import { createRuntime, type Runtime } from './runtime.ts';

/** The devnet's runtime: Subtensor's pallets as far as Millrace and its tests need them, under their names and numbers. */
export const createDevnetRuntime = (): Runtime =>
  createRuntime(
    (runtimeCall) => [
      ...[system, timestamp, balances, transactionPayment, subtensorModule],
      ...[utility(runtimeCall), proxy(runtimeCall), commitments, swap],
    ],
    RUNTIME_APIS,
  );
