/** How long a browser may take to begin reading. */
const KEEP_MS = 60_000;

/** Hands a text file to the browser's own download; where it lies then is the owner's choice. */
export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}
