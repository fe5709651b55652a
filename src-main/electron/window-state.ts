import * as v from 'valibot';

/** In device-independent pixels of the whole desktop. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowState {
  /** `null`: where the system likes it. */
  readonly position: { readonly x: number; readonly y: number } | null;
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

export const MIN_WIDTH = 720;
export const MIN_HEIGHT = 560;
export const DEFAULT_WINDOW_STATE: WindowState = { position: null, width: 1000, height: 700, maximized: false };

/** This much of the window's upper edge must be on a display, or nobody can take hold of it. */
const GRIP_WIDTH = 120;
const GRIP_HEIGHT = 32;

const pixels = v.pipe(v.number(), v.safeInteger());
const schema = v.object({
  position: v.nullable(v.object({ x: pixels, y: pixels })),
  width: v.pipe(pixels, v.minValue(1)),
  height: v.pipe(pixels, v.minValue(1)),
  maximized: v.boolean(),
});

/**
 * The state to open the window with: what was saved, made to fit the displays that are there now.
 * @param saved whatever the file held
 * @param workAreas of the present displays, the primary one first
 */
export function restoreWindowState(saved: unknown, workAreas: readonly Rectangle[]): WindowState {
  const parsed = v.safeParse(schema, saved);
  const wanted = parsed.success ? parsed.output : DEFAULT_WINDOW_STATE;
  const { position } = wanted;
  const home = position === null ? undefined : workAreas.find((area) => holdsGrip(area, position, wanted.width));
  const area = home ?? workAreas[0];
  return {
    position: home === undefined ? null : position,
    width: clamp(wanted.width, MIN_WIDTH, area?.width),
    height: clamp(wanted.height, MIN_HEIGHT, area?.height),
    maximized: wanted.maximized,
  };
}

function holdsGrip(area: Rectangle, { x, y }: { readonly x: number; readonly y: number }, width: number): boolean {
  const visibleWidth = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  const isEdgeInside = y >= area.y && y + GRIP_HEIGHT <= area.y + area.height;
  return isEdgeInside && visibleWidth >= GRIP_WIDTH;
}

/** A display smaller than the minimum shows a part of the window: better than a page that does not fit into it. */
const clamp = (value: number, minimum: number, maximum = value): number => Math.max(minimum, Math.min(value, maximum));
