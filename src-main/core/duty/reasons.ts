/** Why the machine does not work, or works less. Each has its words in duty-words.ts. */
export type DutyReason =
  | { readonly kind: 'snooze' }
  | { readonly kind: 'after-round' }
  | { readonly kind: 'app'; readonly app: string; readonly shows: 'fullscreen' | 'game' | 'listed' }
  | { readonly kind: 'vram-needed'; readonly gpu: string; readonly missingBytes: number }
  /** `celsius` is `null` when a hot card's temperature cannot be read any more. */
  | { readonly kind: 'hot'; readonly gpu: string; readonly celsius: number | null; readonly resumeAtCelsius: number }
  /** `chargePercent`: unknown is `null`; `resumeAtPercent`: `null` when only mains helps. */
  | { readonly kind: 'battery'; readonly chargePercent: number | null; readonly resumeAtPercent: number | null }
  | { readonly kind: 'metered' }
  | { readonly kind: 'monthly-bytes'; readonly usedBytes: number; readonly quotaBytes: number }
  | { readonly kind: 'monthly-bytes-unknown' }
  | { readonly kind: 'rate'; readonly direction: 'upload' | 'download'; readonly capBytesPerSecond: number }
  | { readonly kind: 'disk-quota'; readonly usedBytes: number; readonly quotaBytes: number }
  | { readonly kind: 'disk-full'; readonly freeBytes: number; readonly resumeAtBytes: number }
  | { readonly kind: 'lock'; readonly wants: 'locked' | 'unlocked' }
  | { readonly kind: 'lock-unknown'; readonly wants: 'locked' | 'unlocked' }
  | { readonly kind: 'in-use'; readonly idleMinutes: number }
  | { readonly kind: 'idle-unknown' }
  | {
      readonly kind: 'others-load';
      readonly gpu: string;
      readonly percent: number | null;
      readonly limitPercent: number;
    }
  | { readonly kind: 'schedule' }
  | { readonly kind: 'tariff'; readonly pricePerKwh: number; readonly limitPerKwh: number }
  | { readonly kind: 'work-percent'; readonly share: number }
  | { readonly kind: 'power-limit'; readonly share: number; readonly limitWatts: number }
  /** What held it back is over, but may come back at once. */
  | { readonly kind: 'settling'; readonly after: DutyReason };
