/** What the buttons and menus of every host are called; advice to the owner speaks of them by these names. */
export const WORK_LABELS = { start: 'Start earning', retry: 'Try again', pause: 'Pause' } as const;
