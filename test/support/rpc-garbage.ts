import { toHex } from '#protocol/bytes.ts';
import type { RandomStream } from '#protocol/random.ts';

export interface GarbageSources {
  readonly random: RandomStream;
  /** All that the server knows. */
  readonly methods: readonly string[];
  /** Of runtime APIs. */
  readonly apiMethods: readonly string[];
  readonly transactions: readonly Uint8Array[];
  readonly hashes: readonly string[];
}

const DEEP = 20_000;

/** Makes messages that a JSON-RPC server may get from a broken or hostile client; the same ones from the same seed. */
export class RpcGarbage {
  readonly #sources: GarbageSources;

  constructor(sources: GarbageSources) {
    this.#sources = sources;
  }

  message(): string {
    return this.#pick([
      () => this.#damagedText(),
      () => JSON.stringify(this.#request(this.#pick(this.#sources.methods))),
      () => JSON.stringify(this.#request(this.#pick(this.#sources.methods))),
      () => JSON.stringify(this.#request('state_call', [this.#pick(this.#sources.apiMethods), this.#bytes(), null])),
      () => JSON.stringify(this.#request(this.#submission(), [this.#damagedTransaction()])),
      () => JSON.stringify(this.#oddRequest()),
      () =>
        this.#rarely(
          () => this.#deep(),
          () => JSON.stringify(this.#value()),
        ),
      () =>
        this.#rarely(
          () => this.#batch(),
          () => JSON.stringify([this.#request('system_chain'), this.#value()]),
        ),
    ])();
  }

  #request(method: string, params: unknown = Array.from({ length: this.#below(5) }, () => this.#value())): object {
    const request = { jsonrpc: '2.0', method, params };
    return this.#below(20) === 0 ? request : { ...request, id: this.#below(1_000_000) };
  }

  #oddRequest(): object {
    const request: Record<string, unknown> = { ...this.#request(this.#pick(this.#sources.methods)) };
    const key = this.#pick(['jsonrpc', 'method', 'params', 'id', 'constructor']);
    // JSON leaves out what is undefined.
    request[key] = this.#below(3) === 0 ? undefined : this.#value();
    return request;
  }

  #value(): unknown {
    const { hashes, transactions, methods } = this.#sources;
    return this.#pick<() => unknown>([
      () => null,
      () => this.#below(2) === 0,
      () => this.#pick([0, -1, 1.5, 1e300, 2 ** 53, this.#below(2000)]),
      () => `0x${this.#pick(hashes)}`,
      () => `0x${this.#pick(hashes)}`,
      () => this.#bytes(),
      () =>
        this.#pick(['', '0x', '0X00', '0xzz', '0x0', 'value', '1', '2', '__proto__', '💥\u0000', 'x'.repeat(5_000)]),
      () => '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
      () => this.#pick(methods),
      () => ({
        key: this.#bytes(),
        type: this.#pick(['value', 'hash', 'descendantsValues', 'descendantsHashes', 'x']),
      }),
      () => ({ toString: null, valueOf: 7, length: 3 }),
      () => Array.from({ length: this.#below(4) }, () => this.#value()),
      () => `0x${toHex(this.#pick(transactions))}`,
    ])();
  }

  #bytes(): string {
    const length = this.#pick([0, 1, 2, 4, 31, 32, 33, 48, 200]);
    return `0x${toHex(Uint8Array.from({ length }, () => this.#below(4) * this.#below(86)))}`;
  }

  #submission(): string {
    return this.#pick([
      ...['author_submitExtrinsic', 'author_submitAndWatchExtrinsic'],
      ...['payment_queryInfo', 'transaction_v1_broadcast'],
    ]);
  }

  #damagedTransaction(): string {
    const bytes = this.#pick(this.#sources.transactions).slice();
    for (let damage = this.#below(3); damage >= 0; damage -= 1) bytes[this.#below(bytes.length)] = this.#below(256);
    return `0x${toHex(bytes.subarray(0, this.#below(4) === 0 ? this.#below(bytes.length) : bytes.length))}`;
  }

  #damagedText(): string {
    const text = JSON.stringify(this.#request(this.#pick(this.#sources.methods)));
    const at = this.#below(text.length);
    return text.slice(0, at) + this.#pick(['', '"', '{', ']', '\u0000', '\\u', ',,']) + text.slice(at + this.#below(4));
  }

  #deep(): string {
    const [open, close] = this.#pick([
      ['[', ']'],
      ['{"params":', '}'],
      ['{"id":1,"method":"system_chain","params":[', ']}'],
    ] as const);
    return open.repeat(DEEP) + (this.#below(2) === 0 ? '1' : '') + close.repeat(this.#below(2) === 0 ? DEEP : 5);
  }

  #batch(): string {
    const length = this.#pick([0, 1, 128, 129, 10_000]);
    return JSON.stringify(Array.from({ length }, () => this.#request('chain_getBlockHash', [this.#below(9)])));
  }

  #rarely(rare: () => string, usual: () => string): string {
    return this.#below(20) === 0 ? rare() : usual();
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  #below(bound: number): number {
    return this.#sources.random.nextBelow(bound);
  }
}
