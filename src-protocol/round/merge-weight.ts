/** What a fresh update of a worker in good standing weighs in the outer step's mean; manifests carry whole numbers. */
export const FULL_WEIGHT = 1000;

/**
 * The weight of an update in the outer step: 1/(1+s) for one that starts from the state of s outer steps ago, times the share that
 * its worker's standing gives it.
 * @param share above 0, at most 1
 */
export const mergeWeight = (staleness: number, share: number): number =>
  Math.max(1, Math.round((FULL_WEIGHT * share) / (1 + staleness)));
