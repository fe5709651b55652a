/** `5Grwva…GKutQY`: for where the whole is beside it or a click away. Never to be compared by. */
export const shortAddress = (address: string): string =>
  address.length <= 16 ? address : `${address.slice(0, 6)}…${address.slice(-6)}`;

/** In groups of four, to be compared by eye. */
export const addressGroups = (address: string): readonly string[] => address.match(/.{1,4}/gu) ?? [];

/** Long enough to be one, so that it is worth asking. */
export const looksLikeAddress = (text: string): boolean => /^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(text.trim());
