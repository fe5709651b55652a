import { useId, useState, type PointerEvent } from 'react';
import { bind } from '../components/class-names.ts';
import { lossText } from '../format/numbers.ts';
import styles from './loss-chart.module.css';
import { lossSummary, type LossSeries } from './loss-series.ts';
import { areaPath, linePath, nearestPoint, plotLoss } from './plot.ts';
import { useSize } from './use-size.ts';

const cx = bind(styles);

export interface LossChartProps {
  readonly series: LossSeries;
}

/** The loss by round, the running round as a hollow dot. A hidden table says the same. */
export function LossChart({ series }: LossChartProps) {
  const { ref, size } = useSize();
  const [pointerX, setPointerX] = useState<number | null>(null);
  const gradientId = useId();
  const plot = size === null ? null : plotLoss(series, size);
  const marked = plot === null || pointerX === null ? null : nearestPoint(plot, pointerX);
  const last = plot?.points.at(-1);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void =>
    setPointerX(event.clientX - event.currentTarget.getBoundingClientRect().left);

  return (
    <figure className={cx('figure')}>
      <div ref={ref} className={cx('canvas')} onPointerMove={onPointerMove} onPointerLeave={() => setPointerX(null)}>
        {plot !== null && size !== null && (
          <svg
            className={cx('svg')}
            width={size.width}
            height={size.height}
            role="img"
            aria-label={lossSummary(series)}
          >
            <defs>
              <linearGradient id={gradientId} x1="0" y1="0" x2="0" y2="1">
                <stop offset="0" className={cx('stopTop')} />
                <stop offset="1" className={cx('stopBottom')} />
              </linearGradient>
            </defs>
            {plot.yTicks.map(({ at, label }) => (
              <g key={label}>
                <line className={cx('grid')} x1={plot.left} x2={plot.right} y1={at} y2={at} />
                <text className={cx('label', 'labelY')} x={plot.left - 0.5 * size.rem} y={at} dy="0.32em">
                  {label}
                </text>
              </g>
            ))}
            {plot.xTicks.map(({ at, label }) => (
              <text key={label} className={cx('label', 'labelX')} x={at} y={plot.bottom + 1.25 * size.rem}>
                {label}
              </text>
            ))}
            <path d={areaPath(plot.points, plot.bottom)} fill={`url(#${gradientId})`} />
            <path className={cx('line')} d={linePath(plot.points)} />
            {plot.live !== null && last !== undefined && (
              <path className={cx('line', 'dashed')} d={linePath([last, plot.live])} />
            )}
            {marked !== null && (
              <line className={cx('marker')} x1={marked.x} x2={marked.x} y1={plot.top} y2={plot.bottom} />
            )}
            {last !== undefined && (plot.live === null || plot.points.length === 1) && (
              <circle className={cx('dot')} cx={last.x} cy={last.y} r="3.5" />
            )}
            {plot.live !== null && <circle className={cx('liveDot')} cx={plot.live.x} cy={plot.live.y} r="4" />}
            {marked !== null && <circle className={cx('dot')} cx={marked.x} cy={marked.y} r="4.5" />}
          </svg>
        )}
        {marked !== null && plot !== null && (
          <div className={cx('tip', marked.x > (plot.left + plot.right) / 2 && 'tipLeft')} aria-hidden="true">
            <span>Round {marked.round}</span>
            <strong>{lossText(marked.loss)}</strong>
          </div>
        )}
      </div>
      <table className="visually-hidden">
        <caption>Loss by round</caption>
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">Loss, nats per byte</th>
          </tr>
        </thead>
        <tbody>
          {series.points.map(({ round, loss }) => (
            <tr key={round}>
              <th scope="row">{round}</th>
              <td>{lossText(loss)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
