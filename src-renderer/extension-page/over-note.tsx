import { bind } from '../components/class-names.ts';
import styles from './extension-page.module.css';
import type { PageEnd } from './page-view.ts';

const cx = bind(styles);

interface Words {
  readonly tone: 'good' | 'still' | 'bad';
  readonly title: string;
  readonly text: string;
}

const WORDS: Readonly<Record<PageEnd, Words>> = {
  signed: {
    tone: 'good',
    title: 'Signed',
    text: 'Millrace checks the signature and sends the call once. It shows what becomes of it. You may close this tab.',
  },
  chosen: {
    tone: 'good',
    title: 'Account chosen',
    text: 'Millrace now shows its address and asks whether it is yours. You may close this tab.',
  },
  refused: {
    tone: 'still',
    title: 'Rejected',
    text: 'Nothing was signed and nothing was sent. You may close this tab.',
  },
  expired: {
    tone: 'bad',
    title: 'Too late',
    text: 'Millrace waited for five minutes. Nothing was sent. Ask for it again in Millrace; you may close this tab.',
  },
  stopped: {
    tone: 'bad',
    title: 'Millrace no longer waits',
    text: 'It was called off or was quit. Nothing was sent from here. You may close this tab.',
  },
  moved: {
    tone: 'still',
    title: 'This goes on in another tab',
    text: 'The page was opened again, and the newest tab is the one that counts. You may close this one.',
  },
  lost: {
    tone: 'bad',
    title: 'Nothing is asked for here',
    text: 'Millrace does not answer on this page. Open the link that it shows now.',
  },
};

/** How it ended, and that the tab may be closed. */
export function OverNote({ end }: { readonly end: PageEnd }) {
  const { tone, title, text } = WORDS[end];
  return (
    <div className={cx('over', tone)} role="status" data-testid="extension-over" data-end={end}>
      <h1 className={cx('title')}>{title}</h1>
      <p className={cx('quiet')}>{text}</p>
    </div>
  );
}
