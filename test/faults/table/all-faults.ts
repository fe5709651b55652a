import type { Fault } from '../../support/faults/fault.ts';
import { hung, killed, late, offline } from './absent-workers.ts';
import { corrupt, notANumber, oversized, truncated } from './bad-bytes.ts';
import { reorganised, stalled, unreachable } from './chain.ts';
import { copied, copiedWithNoise, sybils } from './copycats.ts';
import { replayed, wrongBase, wrongRound } from './misplaced-updates.ts';
import { lossyLinks, partition } from './network.ts';
import { fewSteps, madeLong, quarterPoisoners, random, scaledUp, signFlipped, wrongData } from './poison.ts';
import { leadHung, leadKilled, leadLying, leadWithholding } from './validators.ts';

/** In the order of the table. */
export const allFaults: readonly Fault[] = [
  ...[killed, hung, late, offline],
  ...[corrupt, truncated, oversized, notANumber, wrongBase, wrongRound, replayed],
  ...[copied, copiedWithNoise, signFlipped, scaledUp, madeLong, fewSteps, wrongData, random],
  ...[leadKilled, leadHung, leadLying, leadWithholding],
  ...[stalled, reorganised, unreachable],
  ...[partition, lossyLinks, sybils, quarterPoisoners],
];
