/** A cell: text of anybody, or a number in digits. */
export type CsvCell = string | number | null;

/** What a spreadsheet would take for a formula, and run: https://owasp.org/www-community/attacks/CSV_Injection. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A table as in RFC 4180. Text that a spreadsheet would run stands behind an apostrophe; numbers, also negative ones, stay. */
export const csvOf = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('');

function cellText(cell: CsvCell): string {
  const plain = cell === null ? '' : String(cell);
  const safe = FORMULA.test(plain) && !NUMBER.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
