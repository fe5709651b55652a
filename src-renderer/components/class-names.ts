/**
 * Reads class names of a CSS module. A name that the module does not have throws: a typo is found by the first render.
 * `false` and `null` are left out, for conditions.
 */
export function bind(classes: Readonly<Record<string, string>>) {
  return (...names: readonly (string | false | null)[]): string =>
    names
      .filter((name) => name !== false && name !== null)
      .map((name) => {
        const found = classes[name];
        if (found === undefined) throw new Error(`No class "${name}" in this style sheet.`);
        return found;
      })
      .join(' ');
}
