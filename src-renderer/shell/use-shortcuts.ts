import { useEffect, useEffectEvent } from 'react';
import { PAGES, type Page } from '../store/pages.ts';

/** Ctrl+1…4, on macOS Cmd+1…4. */
export function useShortcuts(showPage: (page: Page) => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const page = PAGES[Number(event.key) - 1];
    if (page === undefined) return;
    event.preventDefault();
    showPage(page);
    document.getElementById('main')?.focus();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKeyDown(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
