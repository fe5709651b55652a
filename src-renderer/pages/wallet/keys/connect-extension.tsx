import { Button } from '../../../components/button.tsx';
import { Failure } from '../../../components/failure.tsx';
import { useAppState } from '../../../store/context.tsx';
import { useCommand } from '../../../store/use-command.ts';

/** Asks for an account of a browser extension; the rest happens in the browser, and above every page. */
export function ConnectExtension() {
  const isAsking = useAppState(({ extension }) => extension.kind !== 'idle' && extension.kind !== 'failed');
  const { send, failure } = useCommand();
  return (
    <>
      <Button
        kind="primary"
        disabled={isAsking}
        data-testid="connect-extension"
        onClick={() => void send('extension.connect', {})}
      >
        Connect extension
      </Button>
      <Failure message={failure} />
    </>
  );
}
