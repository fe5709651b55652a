/** What a settings file or a client may say at most: nobody needs more, and nothing is walked for long. */
export const UPPER_LIMITS = {
  bytes: 2 ** 50,
  exeNames: 200,
  exeCharacters: 100,
  windows: 50,
} as const;
