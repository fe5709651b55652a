import type { ReactNode } from 'react';
import { bind } from './class-names.ts';
import styles from './data-table.module.css';

const cx = bind(styles);

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Numbers stand at the right, in figures of one width. */
  readonly isNumber?: boolean;
  /** The title is for screen readers only: buttons. */
  readonly isTitleHidden?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly testId: string;
}

/** The first column names the row. In a narrow window each row becomes a small list of its own. */
export function DataTable<Row>({ label, columns, rows, keyOf, testId }: DataTableProps<Row>) {
  return (
    <table className={cx('table')} aria-label={label} data-testid={testId}>
      <thead>
        <tr>
          {columns.map(({ key, title, isNumber = false, isTitleHidden = false }) => (
            <th key={key} scope="col" className={cx(isNumber && 'number')}>
              {isTitleHidden ? <span className="visually-hidden">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ key, title, isNumber = false, isTitleHidden = false, cell }, index) => {
              const className = cx('cell', isNumber && 'number', isTitleHidden && 'tools', index === 0 && 'head');
              const content = (
                <>
                  {index > 0 && !isTitleHidden && (
                    <span className={cx('name')} aria-hidden="true">
                      {title}
                    </span>
                  )}
                  {cell(row)}
                </>
              );
              return index === 0 ? (
                <th key={key} scope="row" className={className}>
                  {content}
                </th>
              ) : (
                <td key={key} className={className}>
                  {content}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
