import { memo } from 'react';
import type { RoundRecord } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { bytesText, countText, DASH, lossText, reputationText, scoreText } from '../../format/numbers.ts';
import { roundReason } from '../../format/round-words.ts';
import { exactTaoText, taoText } from '../../format/tao.ts';
import styles from './rounds-card.module.css';

const cx = bind(styles);

export const RoundRow = memo(function RoundRow({ record }: { readonly record: RoundRecord }) {
  const { round, loss, score, reputation, updateBytes, rewardRao } = record;
  return (
    <tr>
      <th scope="row" className={cx('number')}>
        {countText(round)}
      </th>
      <td className={cx('number', 'right')}>{lossText(loss)}</td>
      <td className={cx('number', 'right', 'strong')}>{scoreText(score)}</td>
      <td className={cx('number', 'right')}>{reputationText(reputation)}</td>
      <td className={cx('reason')}>{roundReason(record)}</td>
      <td className={cx('number', 'right')}>{bytesText(updateBytes)}</td>
      <td
        className={cx('number', 'right', rewardRao !== null && 'earned')}
        title={rewardRao === null ? undefined : exactTaoText(rewardRao)}
      >
        {rewardRao === null ? DASH : taoText(rewardRao)}
      </td>
    </tr>
  );
});
