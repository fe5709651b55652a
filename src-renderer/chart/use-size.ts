import { useCallback, useState } from 'react';

export interface BoxSize {
  readonly width: number;
  readonly height: number;
  /** Pixels of one rem: the chart's margins grow with the reader's text size. */
  readonly rem: number;
}

/** Size of an element in CSS pixels; `null` until it was measured. Put `ref` on the element. */
export function useSize() {
  const [size, setSize] = useState<BoxSize | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      setSize({ width: entry.contentRect.width, height: entry.contentRect.height, rem });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, size };
}
