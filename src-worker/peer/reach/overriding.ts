/** A component as a library sees it: `own` in place of what it has under these names, all else as it is. */
export function overriding<T extends object>(component: T, own: Partial<T>): T {
  return new Proxy(component, {
    get(target, name) {
      if (name in own) return own[name as keyof T];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
