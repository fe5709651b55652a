import type { ApiPromise } from '@polkadot/api';
import { type At, optionalStorage } from '#protocol/chain/subtensor/items.ts';
import { alphaAmount } from '#protocol/chain/subtensor/json-values.ts';
import { count } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import { MILLION } from '../staking/amounts.ts';
import { fixedPoint, safeFloat, type Share } from '../staking/stake-shares.ts';

/** What one share of a hotkey's alpha was worth at a block, and what the hotkey took of its dividends. */
interface PastValue {
  /** `null`: it had no shares. */
  readonly perShare: Share | null;
  /** Of 65,535. */
  readonly take: number;
}

const DAY_MS = 86_400_000;
/** More than this was no dividend: the chain has counted its shares anew. */
const MOST_PPM = 10 * MILLION;

/**
 * The same as of days ago, where the node still has that block's state: `null` where not.
 * @param head the block that the days are counted back from
 */
export async function readPastValues(
  api: ApiPromise,
  asked: { readonly netuid: number; readonly hotkeys: readonly string[] },
  head: { readonly number: number; readonly blockMs: number },
  days: number,
): Promise<readonly PastValue[] | null> {
  const number = head.number - Math.round((days * DAY_MS) / head.blockMs);
  if (number < 1) return null;
  try {
    return await readValues(await api.at(await api.rpc.chain.getBlockHash(number)), asked);
  } catch {
    // Few nodes keep the state of old blocks, and each says so in words of its own.
    return null;
  }
}

export async function readValues(
  at: At,
  { netuid, hotkeys }: { readonly netuid: number; readonly hotkeys: readonly string[] },
): Promise<readonly PastValue[]> {
  const places = hotkeys.map((hotkey) => [hotkey, netuid]);
  const many = async (name: string, keys: readonly unknown[]) => {
    const item = optionalStorage(at, 'subtensorModule', name);
    return item === null || keys.length === 0 ? [] : item.multi([...keys]);
  };
  const [totals, shares, sharesBefore, takes] = await Promise.all([
    many('totalHotkeyAlpha', places),
    many('totalHotkeySharesV2', places),
    many('totalHotkeyShares', places),
    many('delegates', hotkeys),
  ]);
  return hotkeys.map((_, i) => {
    const total = check(alphaAmount, totals[i]?.toJSON() ?? 0, 'TotalHotkeyAlpha');
    const newer = shares[i] === undefined ? null : check(safeFloat, shares[i].toJSON(), 'TotalHotkeySharesV2');
    const older =
      sharesBefore[i] === undefined ? null : check(fixedPoint, sharesBefore[i].toJSON(), 'TotalHotkeyShares');
    const all = newer !== null && newer.numerator > 0n ? newer : older;
    return {
      perShare:
        all === null || all.numerator <= 0n ? null : { numerator: total * all.denominator, denominator: all.numerator },
      take: check(count, takes[i]?.toJSON() ?? 0, 'Delegates'),
    };
  });
}

/**
 * What one alpha has gained since, in parts per million. The take is no part of it: the chain gives it to the hotkey's owner as
 * shares of its own (pallets/subtensor/src/coinbase/run_coinbase.rs). `null` where a value is not known.
 */
export function gainPpm(now: PastValue | undefined, before: PastValue | undefined): number | null {
  const [value, past] = [now?.perShare ?? null, before?.perShare ?? null];
  if (value === null || past === null || past.numerator === 0n) return null;
  const grown = value.numerator * past.denominator;
  const whole = value.denominator * past.numerator;
  const ppm = Number(((grown - whole) * BigInt(MILLION)) / whole);
  return ppm > MOST_PPM ? null : ppm;
}
