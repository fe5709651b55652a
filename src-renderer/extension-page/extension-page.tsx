import { AccountChoice } from './account-choice.tsx';
import { bind } from '../components/class-names.ts';
import { Mark } from '../components/mark.tsx';
import styles from './extension-page.module.css';
import { FoundExtensions } from './found-extensions.tsx';
import { OverNote } from './over-note.tsx';
import type { PageView } from './page-view.ts';
import { PageActions } from './page-actions.tsx';
import { ShownCallLines } from './shown-call-lines.tsx';
import { useExtensionPage, type ExtensionPageModel, type ExtensionPageProps } from './use-extension-page.ts';

const cx = bind(styles);

/** The page in the owner's browser on which an extension chooses an account or signs. */
export function ExtensionPage(props: ExtensionPageProps) {
  const model = useExtensionPage(props);
  return (
    <main className={cx('page')}>
      <header className={cx('brand')}>
        <span className={cx('mark')}>
          <Mark />
        </span>
        <span className={cx('name')}>Millrace</span>
        <span className={cx('place')}>a page of your own machine</span>
      </header>
      <section className={cx('card')} data-testid="extension-card" data-view={model.view.kind}>
        <Body model={model} />
      </section>
    </main>
  );
}

function Body({ model }: { readonly model: ExtensionPageModel }) {
  const { view } = model;
  switch (view.kind) {
    case 'loading':
      return <p className={cx('quiet')}>Asking Millrace what this is about …</p>;
    case 'over':
      return <OverNote end={view.end} />;
    case 'open':
      return <Open view={view} model={model} />;
  }
}

interface OpenProps {
  readonly view: Extract<PageView, { readonly kind: 'open' }>;
  readonly model: ExtensionPageModel;
}

function Open({ view, model }: OpenProps) {
  const { task, found, step, problem } = view;
  const until = new Date(task.expiresAtMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return (
    <>
      <div>
        <p className={cx('eyebrow')}>{task.kind === 'sign' ? 'To be signed' : 'Your wallet'}</p>
        <h1 className={cx('title')}>
          {task.kind === 'sign' ? task.shown.title : 'Choose the account that Millrace uses'}
        </h1>
      </div>
      {task.kind === 'sign' ? (
        <ShownCallLines address={task.address} chain={task.chain.name} shown={task.shown} />
      ) : (
        <p className={cx('quiet')}>
          Millrace learns the account’s address and name. Its key stays in your extension, which asks you before it
          signs anything.
        </p>
      )}
      <FoundExtensions found={found} />
      {step.kind === 'choice' ? (
        <AccountChoice accounts={step.accounts} onChoose={model.choose} onRefuse={model.refuse} />
      ) : (
        <PageActions view={view} model={model} />
      )}
      {problem !== null && (
        <p className={cx('problem')} role="alert">
          {problem}
        </p>
      )}
      <p className={cx('until')}>
        Millrace waits until {until}.{task.kind === 'sign' && ' Nothing is sent before you sign.'}
      </p>
    </>
  );
}
