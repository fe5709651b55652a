import type { DutySettings } from '../duty-settings.ts';
import type { DutyReason } from '../reasons.ts';
import type { SeenApp } from '../signals.ts';
import { broken, CLEAR, unseen, type CheckRule } from './rule.ts';

/** A game, or whatever fills the screen: nobody can tell a new game from a film, and the owner's list can. */
export const checkApp: CheckRule = ({ signals, settings, before }) => {
  const isOff = !settings.pauseForGames && !settings.pauseForFullscreen && settings.alwaysPauseFor.length === 0;
  if (isOff) return CLEAR;
  if (signals.apps.kind === 'unknown') return unseen(before);
  const always = new Set(settings.alwaysPauseFor.map(nameOf));
  const never = new Set(settings.neverPauseFor.map(nameOf));
  for (const app of signals.apps.value) {
    const exe = nameOf(app.exe);
    const shows = always.has(exe) ? 'listed' : never.has(exe) ? null : shownBy(app, settings);
    if (shows !== null) return broken({ kind: 'app', app: app.name, shows });
  }
  return CLEAR;
};

type Shown = Extract<DutyReason, { readonly kind: 'app' }>['shows'];

function shownBy({ shows }: SeenApp, { pauseForGames, pauseForFullscreen }: DutySettings): Shown | null {
  if (shows === 'game') return pauseForGames ? 'game' : null;
  return shows === 'fullscreen' && pauseForFullscreen ? 'fullscreen' : null;
}

/** Owners write `Game`, Windows says `GAME.EXE`. */
const nameOf = (exe: string): string =>
  exe
    .trim()
    .toLowerCase()
    .replace(/\.exe$/, '');
