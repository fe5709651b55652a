/** Ends a switch over a closed union: a new member that was forgotten fails to compile, and a foreign value throws. */
export function assertNever(value: never, what: string): never {
  throw new Error(`Unexpected ${what}: ${JSON.stringify(value)}`);
}
