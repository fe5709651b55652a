import { encode } from 'uqr';
import { bind } from './class-names.ts';
import styles from './qr-code.module.css';

const cx = bind(styles);

/** Light modules that every reader wants around the code. */
const QUIET = 4;

export interface QrCodeProps {
  readonly text: string;
  /** What it holds, for those who cannot see it. */
  readonly label: string;
}

/** Dark on white in both themes: many readers take nothing else. */
export function QrCode({ text, label }: QrCodeProps) {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x.toString()} ${y.toString()}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      className={cx('code')}
      viewBox={`0 0 ${size.toString()} ${size.toString()}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      data-testid="qr-code"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
