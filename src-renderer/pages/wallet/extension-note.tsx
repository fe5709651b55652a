import { Banner } from '../../components/banner.tsx';
import { useAppState } from '../../store/context.tsx';

/** Where the browser extension is with what it was asked to sign; nothing while it is asked for nothing. */
export function ExtensionNote() {
  const extension = useAppState((state) => state.extension);
  if (extension.kind === 'idle' || extension.kind === 'confirming' || extension.purpose !== 'sign') return null;
  switch (extension.kind) {
    case 'waiting-for-browser':
      return (
        <Banner level="info">
          A page should have opened in your browser. If it did not:{' '}
          <a href={extension.url} target="_blank" rel="noreferrer">
            open it
          </a>
          .
        </Banner>
      );
    case 'waiting-for-extension':
      return <Banner level="info">Compare the order in your extension, and confirm it there.</Banner>;
    case 'failed':
      return <Banner level="error">{extension.message}</Banner>;
  }
}
