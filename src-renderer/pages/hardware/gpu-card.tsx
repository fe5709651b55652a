import type { Gpu } from '#protocol/contract/state.ts';
import { Badge } from '../../components/badge.tsx';
import { Card } from '../../components/card.tsx';
import { Meter } from '../../components/meter.tsx';
import { CLASS_NAMES, VENDOR_NAMES } from '../../format/hardware-words.ts';
import { bytesText, orUnknown, UNKNOWN } from '../../format/numbers.ts';
import { Facts } from './facts.tsx';
import { bind } from '../../components/class-names.ts';
import styles from './gpu-card.module.css';

const cx = bind(styles);

function memoryText({ vramBytes, vramUsedBytes }: Gpu): string {
  if (vramBytes === null) return vramUsedBytes === null ? UNKNOWN : `${bytesText(vramUsedBytes)} used, size unknown`;
  return vramUsedBytes === null
    ? `${bytesText(vramBytes)}, use unknown`
    : `${bytesText(vramUsedBytes)} of ${bytesText(vramBytes)}`;
}

export function GpuCard({ gpu }: { readonly gpu: Gpu }) {
  const { vramBytes, vramUsedBytes } = gpu;
  const used = vramBytes === null || vramUsedBytes === null || vramBytes === 0 ? null : vramUsedBytes / vramBytes;
  return (
    <Card title={gpu.name} testId="gpu-card" aside={<Badge tone="accent">{CLASS_NAMES[gpu.computeClass]}</Badge>}>
      <div className={cx('body')}>
        <p className={cx('reason')}>{gpu.classReason}</p>
        <Meter
          label={gpu.unifiedMemory ? 'Memory, shared with the system' : 'Video memory'}
          fraction={used}
          text={memoryText(gpu)}
        />
        <Meter
          label="Load"
          fraction={gpu.loadPercent === null ? null : gpu.loadPercent / 100}
          text={orUnknown(gpu.loadPercent, (percent) => `${percent.toFixed(0)} %`)}
        />
        <Facts
          facts={[
            ['Vendor', VENDOR_NAMES[gpu.vendor]],
            ['Temperature', orUnknown(gpu.temperatureCelsius, (celsius) => `${celsius.toFixed(0)} °C`)],
            ['Power', orUnknown(gpu.powerWatts, (watts) => `${watts.toFixed(0)} W`)],
            ['Driver', gpu.driver ?? UNKNOWN],
            ['Told by', gpu.source],
            ['Address', gpu.id],
          ]}
        />
      </div>
    </Card>
  );
}
