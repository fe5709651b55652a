import { describe, expect, it } from 'vitest';
import { uint32Bytes } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { type Alpha, alpha, rao } from '#protocol/units.ts';
import {
  type BlockEmissionInput,
  emitBlock,
  NO_PENDING,
  OWNER_CUT,
  type PendingEmission,
  rootProportion,
  taoWeightOf,
} from '#network/devnet/pool/block-emission.ts';
import { emissionPerBlock } from '#network/devnet/pool/halving.ts';
import { openPool, type Pool, priceBits } from '#network/devnet/pool/pool.ts';

const T = 1_000_000_000n;
/** 0.18 of 2^64 − 1. */
const TAO_WEIGHT = 3_320_413_933_267_719_290n;

const usual: BlockEmissionInput = {
  pool: openPool(rao(1_000n * T), alpha(4_000n * T)),
  pending: NO_PENDING,
  tao: rao(500_000_000n),
  alphaIssuance: alpha(10n ** 15n),
  root: { tao: rao(2n * 10n ** 15n), taoWeight: TAO_WEIGHT },
  ownerCut: OWNER_CUT,
  rootSells: true,
};

const sumOf = ({ server, validator, root, ownerCut }: PendingEmission): bigint => server + validator + root + ownerCut;

describe('emissionPerBlock', () => {
  it('halves when half of 21 million exists, when three quarters do, and so on', () => {
    const halves: readonly (readonly [number, bigint])[] = [
      [0, T],
      [10_499_999, T],
      [10_500_000, T / 2n],
      [15_749_999, T / 2n],
      [15_750_000, T / 4n],
      [18_375_000, T / 8n],
      [21_000_000, 0n],
      [22_000_000, 0n],
    ];
    for (const [whole, expected] of halves) expect(emissionPerBlock(BigInt(whole) * T)).toBe(expected);
    expect(emissionPerBlock(21_000_000n * T - 1n)).toBe(0n);
  });
});

/**
 * Expected values from a Python script of our own with 80 decimal digits:
 *
 *   r = root*0.18 / (root*0.18 + issuance);  alphaIn = min(tao/p, r*e);  taoIn = alphaIn*p;  excess = floor(tao - taoIn)
 *   w2' from liquidity.test.ts's formula;  bought = x * (1 - (y / (y + excess)) ** (w2' / (1 - w2')))
 *   owner = e*11796/65535;  rest = e - owner;  server = rest/2;  root = r'*rest/2;  validator = rest/2 - root
 *   with r' as r, but of the issuance after this block's alpha
 *
 * each rounded down at the end.
 */
describe('emitBlock', () => {
  it('puts as much into the pool as root’s proportion allows, and buys with the rest', () => {
    expect(emitBlock(usual)).toEqual({
      pool: {
        tao: 1_000_499_999_999n,
        alpha: 3_998_530_164_251n,
        quoteWeight: 499_999_999_999_875_008n,
        feeRate: 33,
      },
      pending: { server: 410_002_288n, validator: 301_472_372n, root: 108_529_916n, ownerCut: 179_995_422n },
      taoIn: 66_176_470n,
      alphaIn: 264_705_882n,
      taoSpent: 433_823_529n,
      alphaBought: 1_734_541_631n,
      alphaOut: T,
      taoRecycled: 1n,
    });
  });

  it('puts all of it in where that is allowed, without moving the price', () => {
    const { pool, taoIn, alphaIn, taoSpent, taoRecycled } = emitBlock({ ...usual, tao: rao(25_000_000n) });
    expect({ taoIn, alphaIn, taoSpent, taoRecycled }).toEqual({
      taoIn: 25_000_000n,
      alphaIn: 100_000_000n,
      taoSpent: 0n,
      taoRecycled: 0n,
    });
    expect(priceBits(pool)).toBe(priceBits(usual.pool));
  });

  it('only buys where there is no stake on root, and root gets nothing', () => {
    const result = emitBlock({ ...usual, root: { tao: rao(0), taoWeight: TAO_WEIGHT } });
    expect(result).toMatchObject({ taoIn: 0n, alphaIn: 0n, taoSpent: 500_000_000n, alphaBought: 1_999_000_499n });
    expect(result.pending).toEqual({
      server: 410_002_288n,
      validator: 410_002_288n,
      root: 0n,
      ownerCut: 179_995_422n,
    });
  });

  it('does the same in a tilted pool after the first halving, on top of what waits', () => {
    const pool: Pool = {
      tao: rao(12_345_678_901_234n),
      alpha: alpha(98_765_432_109_876n),
      quoteWeight: 250_000_000_000_000_000n,
      feeRate: 33,
    };
    const waiting: PendingEmission = { server: alpha(1), validator: alpha(2), root: alpha(3), ownerCut: alpha(4) };
    const root = { tao: rao(6n * 10n ** 15n), taoWeight: TAO_WEIGHT };
    const result = emitBlock({ ...usual, pool, pending: waiting, root, alphaIssuance: alpha(12n * 10n ** 15n) });
    expect(result).toMatchObject({
      taoIn: 15_481_651n,
      alphaIn: 41_284_403n,
      taoSpent: 484_518_348n,
      alphaBought: 1_292_016_215n,
      taoRecycled: 1n,
    });
    expect(result.pending).toEqual({
      server: 205_001_145n,
      validator: 188_074_447n,
      root: 16_926_702n,
      ownerCut: 89_997_715n,
    });
  });

  it('keeps nothing of root’s part while root does not sell', () => {
    const { pending } = emitBlock({ ...usual, rootSells: false });
    expect(pending).toEqual({ ...emitBlock(usual).pending, root: 0n });
  });

  it('gives the owner nothing or everything if told to (test_owner_cut_base of the chain’s tests/coinbase.rs)', () => {
    expect(emitBlock({ ...usual, ownerCut: 0 }).pending.ownerCut).toBe(0n);
    expect(emitBlock({ ...usual, ownerCut: 65_535 }).pending).toEqual({ ...NO_PENDING, ownerCut: T });
  });

  it('issues no TAO for a purchase that the pool refuses', () => {
    const pool = openPool(rao(T), alpha(999_999n));
    const result = emitBlock({ ...usual, pool, root: { tao: rao(0), taoWeight: TAO_WEIGHT } });
    expect(result).toMatchObject({ pool, taoIn: 0n, alphaIn: 0n, taoSpent: 0n, taoRecycled: 500_000_000n });
  });

  it('puts TAO alone into a pool that has no price, as the chain does', () => {
    const result = emitBlock({ ...usual, pool: openPool(rao(0), alpha(0)) });
    expect(result).toMatchObject({ taoIn: 500_000_000n, alphaIn: 0n, taoSpent: 0n, taoRecycled: 0n });
  });

  it('accounts for every rao and every alpha in random blocks, and never creates more than is due', () => {
    const random = randomStream(uint32Bytes(8));
    for (let round = 0; round < 2_000; round += 1) {
      const amount = (): bigint => T + BigInt(random.nextUint32()) * BigInt(1 + random.nextBelow(100_000));
      const pool: Pool = {
        ...openPool(rao(amount()), alpha(amount())),
        quoteWeight: 10n ** 16n * BigInt(10 + random.nextBelow(80)),
      };
      const input: BlockEmissionInput = {
        ...usual,
        pool,
        tao: rao(random.nextBelow(1_000_000_000)),
        alphaIssuance: alpha(pool.alpha + amount()),
        root: { tao: rao(amount()), taoWeight: TAO_WEIGHT },
      };
      const result = emitBlock(input);
      expect(result.taoIn + result.taoSpent + result.taoRecycled).toBe(input.tao);
      expect(result.pool.tao).toBe(pool.tao + result.taoIn + result.taoSpent);
      expect(result.pool.alpha).toBe(pool.alpha + result.alphaIn - result.alphaBought);
      expect(result.alphaIn).toBeLessThanOrEqual(result.alphaOut);
      expect(sumOf(result.pending)).toBeLessThanOrEqual(result.alphaOut);
      expect(sumOf(result.pending)).toBeGreaterThan(result.alphaOut - 5n);
    }
  });
});

describe('rootProportion', () => {
  it('is w·root ÷ (w·root + issuance), as test_root_proportion of the chain’s tests/coinbase.rs has it', () => {
    const issuance: Alpha = alpha(100_000_000_000n);
    const share = rootProportion({ tao: rao(1_000_000_000_000n), taoWeight: TAO_WEIGHT }, issuance);
    const weighted = taoWeightOf(TAO_WEIGHT) * 1_000_000_000_000n;
    expect(share).toBe((weighted << 32n) / (weighted + (issuance << 32n)));
    expect(Number(share) / 2 ** 32).toBeCloseTo(180 / 280, 9);
    expect(rootProportion({ tao: rao(0), taoWeight: TAO_WEIGHT }, alpha(0))).toBe(0n);
  });
});
