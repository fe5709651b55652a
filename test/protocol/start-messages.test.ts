import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { validatorStartSchema, workerStartSchema } from '#protocol/start-messages.ts';

const common = {
  ...{ chainUrl: 'wss://a.example.org', netuid: 3, dataDir: '/data', hotkeySeedHex: 'ab'.repeat(32), threads: 2 },
  listenAddress: '/ip4/0.0.0.0/tcp/0',
};
const messages = [
  ['worker', workerStartSchema, { kind: 'start-worker', ...common }],
  ['validator', validatorStartSchema, { kind: 'start-validator', ...common, found: null }],
] as const;

describe.each(messages)('the first message to a %s', (_, schema, message) => {
  it('may name further endpoints, the chain that is meant and peers to begin with', () => {
    const full = {
      ...message,
      chainFallbackUrls: ['wss://b.example.org', 'wss://c.example.org'],
      ...{ genesisHash: '01'.repeat(32), bootstrap: ['/ip4/192.0.2.1/tcp/4001/p2p/12D3Koo'], blobQuotaBytes: 2 ** 30 },
    };
    expect(v.parse(schema, full)).toEqual(full);
  });

  it.each([
    ['a chain by half a hash', { genesisHash: '01' }],
    ['endpoints without end', { chainFallbackUrls: Array.from({ length: 100 }, () => 'wss://b.example.org') }],
    ['a field that nobody knows', { fallbackUrls: [] }],
  ])('must not hold %s', (_name, wrong) => {
    expect(v.safeParse(schema, { ...message, ...wrong }).success).toBe(false);
  });
});
