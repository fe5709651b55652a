import { BLIND, broken, CLEAR, type CheckRule } from './rule.ts';

export const checkPowerLimit: CheckRule = ({ signals, settings: { powerLimitWatts: limitWatts }, powerShare }) => {
  if (limitWatts === null) return CLEAR;
  if (powerShare < 1) return broken({ kind: 'power-limit', share: powerShare, limitWatts });
  return signals.gpus.some(({ watts }) => watts.kind === 'known') ? CLEAR : BLIND;
};

export const checkWorkPercent: CheckRule = ({ settings: { workPercent } }) =>
  workPercent < 100 ? broken({ kind: 'work-percent', share: workPercent / 100 }) : CLEAR;
