import { useEffect } from 'react';
import type { ThemeSetting } from '#protocol/contract/state.ts';

/** Marks the document for tokens.css; "system" leaves it to `prefers-color-scheme`. */
export function useTheme(theme: ThemeSetting): void {
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}
