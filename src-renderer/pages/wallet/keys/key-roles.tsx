import { Card } from '../../../components/card.tsx';
import { bind } from '../../../components/class-names.ts';
import { KeyIcon, VaultIcon } from '../../../components/icons.tsx';
import styles from './key-roles.module.css';

const cx = bind(styles);

interface Role {
  readonly question: string;
  readonly coldkey: string;
  readonly hotkey: string;
}

const ROLES: readonly Role[] = [
  {
    question: 'What it signs',
    coldkey: 'Every transfer, stake and registration, after a quote.',
    hotkey: 'The updates of this machine, by itself, while it works.',
  },
  {
    question: 'Where it should be',
    coldkey: 'In a browser extension, or on another machine.',
    hotkey: 'On this machine, and registered in a subnet.',
  },
  {
    question: 'If somebody takes it',
    coldkey: 'Your money is theirs. Move it to a new coldkey at once.',
    hotkey: 'They can work under your name, but spend nothing.',
  },
  {
    question: 'If you lose it',
    coldkey: 'Its recovery words or an export bring it back. Nothing else.',
    hotkey: 'Register a new one. What it earned stays the coldkey’s.',
  },
];

/** The two keys beside each other: whoever mixes them up loses money. */
export function KeyRoles() {
  return (
    <Card title="Which key does what" testId="key-roles">
      <table className={cx('roles')}>
        <thead>
          <tr>
            <td />
            <th scope="col">
              <span className={cx('key')}>
                <VaultIcon /> Coldkey
              </span>
            </th>
            <th scope="col">
              <span className={cx('key')}>
                <KeyIcon /> Hotkey
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {ROLES.map(({ question, coldkey, hotkey }) => (
            <tr key={question}>
              <th scope="row">{question}</th>
              <td data-key="Coldkey">{coldkey}</td>
              <td data-key="Hotkey">{hotkey}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
