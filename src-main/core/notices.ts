import type { Notice } from '#protocol/contract/state.ts';
import type { AppStore } from './store.ts';

/** A machine in trouble must not fill the owner's screen: the oldest go first. */
const MAX_NOTICES = 20;

/** Shows a notice; one with the same id is replaced, unless it says the same already. */
export function showNotice(store: AppStore, notice: Notice): void {
  const present = store.get().notices.find(({ id }) => id === notice.id);
  if (present?.message === notice.message) return;
  store.update((draft) => {
    draft.notices = [...draft.notices.filter(({ id }) => id !== notice.id), notice].slice(-MAX_NOTICES);
  });
}

/** Does nothing when there is no such notice. */
export function removeNotice(store: AppStore, id: string): void {
  if (!store.get().notices.some((notice) => notice.id === id)) return;
  store.update((draft) => {
    draft.notices = draft.notices.filter((notice) => notice.id !== id);
  });
}
