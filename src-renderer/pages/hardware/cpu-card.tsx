import type { Cpu } from '#protocol/contract/state.ts';
import { Badge } from '../../components/badge.tsx';
import { Card } from '../../components/card.tsx';
import { bytesText, countText } from '../../format/numbers.ts';
import { Facts } from './facts.tsx';

export function CpuCard({ cpu }: { readonly cpu: Cpu }) {
  return (
    <Card title={cpu.name} testId="cpu-card" aside={<Badge tone="plain">Processor</Badge>}>
      <Facts
        facts={[
          ['Cores', countText(cpu.cores)],
          ['Memory', bytesText(cpu.memoryBytes)],
        ]}
      />
    </Card>
  );
}
