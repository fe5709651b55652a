/** A part of the time as a whole percentage: `40 %`. */
export const percentText = (share: number): string => `${Math.round(100 * share)} %`;

/** The same as somebody beside the machine would see it: `works 4 of 10 seconds`. */
export function secondsText(share: number): string {
  if (share >= 1) return 'works all the time';
  const seconds = Number((10 * share).toFixed(1));
  return `works ${seconds} of 10 seconds`;
}
