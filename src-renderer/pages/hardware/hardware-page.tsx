import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { CardGrid, CardStack } from '../../components/card-layout.tsx';
import { bind } from '../../components/class-names.ts';
import { EmptyNote } from '../../components/empty-note.tsx';
import { Failure } from '../../components/failure.tsx';
import { RefreshIcon } from '../../components/icons.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { useAppState, useIsConnected } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';
import { CpuCard } from './cpu-card.tsx';
import { GpuCard } from './gpu-card.tsx';
import styles from './hardware-page.module.css';
import { MachineClass } from './machine-class.tsx';

const cx = bind(styles);

export function HardwarePage() {
  const hardware = useAppState((state) => state.hardware);
  const isConnected = useIsConnected();
  const { send, pending, failure } = useCommand();
  const isDetecting = hardware.kind === 'detecting';
  return (
    <>
      <PageHeader
        title="Hardware"
        lead="What Millrace found in this machine. A value that no tool could tell is shown as unknown, never guessed."
        action={
          <Button
            kind="secondary"
            data-testid="rescan-button"
            disabled={!isConnected || pending || isDetecting}
            onClick={() => void send('hardware.rescan', {})}
          >
            <RefreshIcon /> {isDetecting ? 'Looking…' : 'Rescan'}
          </Button>
        }
      />
      <Failure message={failure} />
      <p role="status" className="visually-hidden">
        {isDetecting ? 'Looking for GPUs.' : `${hardware.gpus.length} GPUs found.`}
      </p>
      {isDetecting ? (
        <Detecting />
      ) : (
        <CardStack>
          <MachineClass computeClass={hardware.machineClass} reason={hardware.machineClassReason} />
          {hardware.warnings.map((warning) => (
            <Banner key={warning} level="warning">
              {warning}
            </Banner>
          ))}
          <CardGrid>
            {hardware.gpus.map((gpu) => (
              <GpuCard key={gpu.id} gpu={gpu} />
            ))}
            {hardware.gpus.length === 0 && <NoGpu />}
            <CpuCard cpu={hardware.cpu} />
          </CardGrid>
        </CardStack>
      )}
    </>
  );
}

function NoGpu() {
  return (
    <EmptyNote title="No GPU found" testId="no-gpu">
      The processor takes part as the lowest class, which is enough for the devnet. If this machine has a GPU, check
      that its driver is installed, then rescan.
    </EmptyNote>
  );
}

function Detecting() {
  return (
    <CardStack data-testid="detecting">
      <div className={cx('ghost', 'ghostLow')}>Looking for GPUs and reading their memory…</div>
      <CardGrid aria-hidden="true">
        <div className={cx('ghost')} />
        <div className={cx('ghost')} />
      </CardGrid>
    </CardStack>
  );
}
