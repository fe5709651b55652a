import type { ValidatorSummary } from '#protocol/contract/wallet.ts';

export type ValidatorOrder = 'uid' | 'name';

/** By number or by name; never by stake or return, which would look like a recommendation. Without either: last, by address. */
export function orderValidators(
  validators: readonly ValidatorSummary[],
  by: ValidatorOrder,
): readonly ValidatorSummary[] {
  const byAddress = (a: ValidatorSummary, b: ValidatorSummary): number => (a.hotkey < b.hotkey ? -1 : 1);
  const byUid = (a: ValidatorSummary, b: ValidatorSummary): number =>
    (a.uid ?? Infinity) === (b.uid ?? Infinity) ? byAddress(a, b) : (a.uid ?? Infinity) - (b.uid ?? Infinity);
  if (by === 'uid') return validators.toSorted(byUid);
  return validators.toSorted((a, b) => {
    if (a.name === null || b.name === null) return a.name === b.name ? byUid(a, b) : a.name === null ? 1 : -1;
    return a.name.localeCompare(b.name, 'en') || byUid(a, b);
  });
}

/** Those whose name, address or number has the text. */
export function searchValidators(validators: readonly ValidatorSummary[], text: string): readonly ValidatorSummary[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return validators;
  return validators.filter(
    ({ name, hotkey, uid }) =>
      (name?.toLowerCase().includes(wanted) ?? false) ||
      hotkey.toLowerCase().includes(wanted) ||
      uid?.toString() === wanted.replace(/^uid\s*/, ''),
  );
}
