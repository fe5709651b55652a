/**
 * Copies the text inside `element`. Asks the clipboard first; where that is denied (the app window grants no
 * permissions), selects the text and copies the selection. The selection stays, so that Ctrl+C works if all fails.
 */
export async function copyText(element: HTMLElement): Promise<boolean> {
  const text = element.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a permission, and kept by browsers for it
    return document.execCommand('copy');
  }
}
