/** Run by ledger.test.ts in its own process, which is then killed: records payments and says each one that is confirmed. */
import { openLedger } from '#main/core/ledger.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { alpha, rao } from '#protocol/units.ts';

const { ledger } = openLedger(process.argv[2] ?? '', 0);
for (let block = 1; ; block += 1) {
  ledger.recordEmissions({ genesisHash: 'killed', hotkey: '5Hot' as Hotkey }, [
    { block, amountAlpha: alpha(2), amountRao: rao(1), paidAtMs: 0, blockHash: null },
  ]);
  process.stdout.write(`${block}\n`);
}
