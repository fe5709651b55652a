import { assertNever } from '#protocol/assert-never.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { DevnetNode } from '../node/devnet-node.ts';
import type { Admission, TransactionStatus } from '../node/transaction-pool.ts';
import { bytesParam, hex } from './params.ts';
import { RPC_CODES, RpcError } from './rpc-error.ts';
import type { RpcMethods } from './rpc-method.ts';

export function authorMethods(node: DevnetNode): RpcMethods {
  const submit = (extrinsic: unknown, tell: (status: TransactionStatus) => void): string => {
    const encoded = bytesParam(extrinsic, 'The extrinsic');
    try {
      return admitted(node.submit(encoded, tell));
    } catch (error) {
      if (errorCode(error) !== 'PROTOCOL') throw error;
      throw new RpcError(RPC_CODES.badFormat, 'Extrinsic has invalid format', errorMessage(error));
    }
  };
  return {
    author_submitExtrinsic: ([extrinsic]) => submit(extrinsic, () => undefined),
    author_submitAndWatchExtrinsic: ([extrinsic], caller) => {
      let notify: ((status: TransactionStatus) => void) | null = null;
      const before: TransactionStatus[] = [];
      submit(extrinsic, (status) => {
        if (notify === null) before.push(status);
        else notify(status);
      });
      const id = caller.subscribe('author_extrinsicUpdate', (send) => {
        notify = (status) => {
          send(statusJson(status));
          // Nothing more will come, and clients don't say that they have stopped listening.
          if (isLast(status)) caller.unsubscribe(id);
        };
        for (const status of before) send(statusJson(status));
        return () => void (notify = () => undefined);
      });
      return id;
    },
    author_unwatchExtrinsic: ([id], caller) => caller.unsubscribe(id),
    author_pendingExtrinsics: () => node.pool.entries.map(({ extrinsic }) => hex(extrinsic.encoded)),
  };
}

/** The hash of what was admitted. @throws RpcError as nodes word it */
export function admitted(admission: Admission): string {
  if (admission.kind === 'admitted') return `0x${admission.hash}`;
  const { reason } = admission;
  switch (reason) {
    case 'AlreadyImported':
      throw new RpcError(RPC_CODES.alreadyImported, 'Transaction is already imported');
    case 'TooLowPriority':
      throw new RpcError(
        RPC_CODES.tooLowPriority,
        'Priority is too low',
        'The transaction has too low priority to replace another transaction already in the pool.',
      );
    case 'Full':
      throw new RpcError(RPC_CODES.poolFull, 'Too many transactions wait for a block');
    case 'BadProof':
      throw new RpcError(RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Transaction has a bad signature');
    case 'Payment':
      throw new RpcError(
        RPC_CODES.invalidTransaction,
        'Invalid Transaction',
        'Inability to pay some fees (e.g. account balance too low)',
      );
    case 'Stale':
      throw new RpcError(RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Transaction is outdated');
    case 'Future':
      throw new RpcError(
        RPC_CODES.invalidTransaction,
        'Invalid Transaction',
        'Transaction will be valid in the future',
      );
    case 'AncientBirthBlock':
      throw new RpcError(RPC_CODES.invalidTransaction, 'Invalid Transaction', 'Transaction has an ancient birth block');
    case 'Call':
    case 'BadSigner':
      throw new RpcError(RPC_CODES.invalidTransaction, 'Invalid Transaction', `Transaction is invalid: ${reason}`);
    default:
      return assertNever(reason, 'refusal');
  }
}

const isLast = ({ kind }: TransactionStatus): boolean =>
  kind === 'finalized' || kind === 'invalid' || kind === 'dropped';

function statusJson(status: TransactionStatus): unknown {
  switch (status.kind) {
    case 'inBlock':
    case 'finalized':
      return { [status.kind]: `0x${status.block}` };
    case 'future':
    case 'ready':
    case 'invalid':
    case 'dropped':
      return status.kind;
    default:
      return assertNever(status, 'transaction status');
  }
}
