import type { RuntimeApi } from '../metadata/runtime-api.ts';
import { accountNonceApi } from './account-nonce.ts';
import { coreApi, metadataApi } from './core.ts';
import { delegateInfoApi } from './delegate-info.ts';
import { neuronInfoApi } from './neuron-info.ts';
import { stakeInfoApi } from './stake-info.ts';
import { subnetInfoApi } from './subnet-info.ts';
import { subnetRegistrationApi } from './subnet-registration.ts';
import { swapApi } from './swap.ts';
import { taggedTransactionQueueApi } from './tagged-transaction-queue.ts';
import { transactionPaymentApi } from './transaction-payment.ts';

/** What clients may ask the runtime by `state_call`. */
export const RUNTIME_APIS: readonly RuntimeApi[] = [
  coreApi,
  metadataApi,
  accountNonceApi,
  transactionPaymentApi,
  taggedTransactionQueueApi,
  swapApi,
  stakeInfoApi,
  delegateInfoApi,
  neuronInfoApi,
  subnetInfoApi,
  subnetRegistrationApi,
];
