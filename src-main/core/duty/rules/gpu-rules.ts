import type { DutyReason } from '../reasons.ts';
import type { GpuSignals } from '../signals.ts';
import { BLIND, broken, CLEAR, type CheckRule, type Finding } from './rule.ts';

/** Room that must be there beyond the reserve before it comes back: the other program may just have let some go. */
export const VRAM_MARGIN_BYTES = 256 * 2 ** 20;
/** Below this part of the limit the other program is done. */
const LOAD_RELEASE = 2 / 3;

type CardFinding = DutyReason | 'fine' | 'unknown';

/** Every card by itself; the first that breaks the rule names it. */
function checkCards(gpus: readonly GpuSignals[], check: (gpu: GpuSignals) => CardFinding): Finding {
  const findings = gpus.map((gpu) => [gpu.id, check(gpu)] as const);
  const bad = findings.flatMap(([id, finding]) => (typeof finding === 'string' ? [] : [{ id, reason: finding }]));
  const [first] = bad;
  if (first !== undefined)
    return broken(
      first.reason,
      null,
      bad.map(({ id }) => id),
    );
  return findings.some(([, finding]) => finding === 'unknown') ? BLIND : CLEAR;
}

/**
 * Others' memory, the worker's own and the reserve must fit on the card together. What the worker uses is counted whether it runs
 * or not, so that ending it does not look like room. Unknown own use counts as none: then only what is certain breaks the rule.
 */
export const checkVram: CheckRule = ({ signals, settings, held }) =>
  checkCards(signals.gpus, ({ id, name, vramBytes, othersVramBytes, ownVramBytes }) => {
    if (settings.vramReserveBytes === 0) return 'fine';
    const isHeld = held.includes(id);
    if (vramBytes.kind === 'unknown' || othersVramBytes.kind === 'unknown') {
      return isHeld ? { kind: 'vram-needed', gpu: name, missingBytes: 0 } : 'unknown';
    }
    const own = ownVramBytes.kind === 'known' ? ownVramBytes.value : 0;
    const wanted = settings.vramReserveBytes + (isHeld ? VRAM_MARGIN_BYTES : 0);
    const missingBytes = wanted - (vramBytes.value - othersVramBytes.value - own);
    return missingBytes > 0 ? { kind: 'vram-needed', gpu: name, missingBytes } : 'fine';
  });

export const checkTemperature: CheckRule = ({ signals, settings: { temperature: limit }, held }) =>
  limit === null
    ? CLEAR
    : checkCards(signals.gpus, ({ id, name, temperatureCelsius }) => {
        const isHeld = held.includes(id);
        const hot = (celsius: number | null): DutyReason => ({
          ...{ kind: 'hot', gpu: name, celsius, resumeAtCelsius: limit.resumeAtCelsius },
        });
        if (temperatureCelsius.kind === 'unknown') return isHeld ? hot(null) : 'unknown';
        const celsius = temperatureCelsius.value;
        const isHot = isHeld ? celsius > limit.resumeAtCelsius : celsius >= limit.pauseAtCelsius;
        return isHot ? hot(celsius) : 'fine';
      });

export const checkOthersLoad: CheckRule = ({ signals, settings: { othersLoadPercent: limit }, held }) =>
  limit === null
    ? CLEAR
    : checkCards(signals.gpus, ({ id, name, othersLoadPercent }) => {
        const isHeld = held.includes(id);
        const loaded = (percent: number | null): DutyReason => ({
          ...{ kind: 'others-load', gpu: name, percent, limitPercent: limit },
        });
        if (othersLoadPercent.kind === 'unknown') return isHeld ? loaded(null) : 'unknown';
        const percent = othersLoadPercent.value;
        return percent >= limit * (isHeld ? LOAD_RELEASE : 1) ? loaded(percent) : 'fine';
      });
