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
    // The only way without a permission; deprecated, but kept by every browser for this very purpose.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand('copy');
  }
}
