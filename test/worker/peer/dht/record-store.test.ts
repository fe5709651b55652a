import { Key } from 'interface-datastore/key';
import { expect, it } from 'vitest';
import { PROVIDER_RECORD_LIFE_MS, MAX_PROVIDERS_OF_A_BLOB } from '#protocol/peer/provider-protocol.ts';
import { MAX_RECORDS, MAX_RECORDS_OF_A_PROVIDER, RecordStore } from '#worker/peer/dht/record-store.ts';

const OWN = peer(0);
const VALUE = new Uint8Array(6);

function peer(number: number): string {
  return `12D3KooW${String(number).padStart(44, 'z').replaceAll('0', 'z')}`;
}

function content(number: number): string {
  const digits = number.toString(32).padStart(55, '0');
  return digits.replaceAll(/[0-9a-v]/g, (digit) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(digit, 32)]!);
}

const key = (blob: number, provider: number): Key => new Key(`/dht/provider/${content(blob)}/${peer(provider)}`, false);

function store(): { records: RecordStore; clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  return { records: new RecordStore({ ownPeerId: OWN, nowMs: () => clock.nowMs }), clock };
}

function providersOf(records: RecordStore, blob: number): readonly string[] {
  return [...records._all({ prefix: `/dht/provider/${content(blob)}` })].map(({ key: name }) => name.baseNamespace());
}

it('gives the providers of a blob, each once, and forgets one that is deleted', async () => {
  const { records } = store();
  for (const provider of [1, 2, 1]) records.put(key(7, provider), VALUE);
  records.put(key(8, 3), VALUE);
  expect(providersOf(records, 7)).toEqual([peer(2), peer(1)]);
  expect(records.get(key(7, 1))).toEqual(VALUE);
  records.delete(key(7, 1));
  expect(providersOf(records, 7)).toEqual([peer(2)]);
  expect(records.has(key(7, 1))).toBe(false);
  expect(() => records.get(key(7, 1))).toThrow();
  const all: string[] = [];
  for await (const pair of records.query({ prefix: '/dht/provider' })) all.push(pair.key.baseNamespace());
  expect(all).toEqual([peer(2), peer(3)]);
});

it('counts a record no more when its time is over, unless it came again, and its own for ever', () => {
  const { records, clock } = store();
  for (const provider of [0, 1, 2]) records.put(key(7, provider), VALUE);
  clock.nowMs = PROVIDER_RECORD_LIFE_MS - 1;
  records.put(key(7, 2), VALUE);
  expect(providersOf(records, 7)).toHaveLength(3);
  clock.nowMs = PROVIDER_RECORD_LIFE_MS;
  expect(providersOf(records, 7)).toEqual([OWN, peer(2)]);
  expect(records.size, 'what is over takes no room').toBe(2);
});

it('keeps the first providers of a blob when more come, but itself whenever it comes', () => {
  const { records } = store();
  for (let provider = 1; provider <= MAX_PROVIDERS_OF_A_BLOB + 5; provider += 1) records.put(key(7, provider), VALUE);
  expect(providersOf(records, 7)).toEqual(Array.from({ length: MAX_PROVIDERS_OF_A_BLOB }, (_, i) => peer(i + 1)));
  records.put(key(7, 0), VALUE);
  expect(providersOf(records, 7)).toContain(OWN);
});

it('keeps of one provider its newest', () => {
  const { records } = store();
  for (let blob = 0; blob < 10_000; blob += 1) records.put(key(blob, 1), VALUE);
  expect(records.size).toBe(MAX_RECORDS_OF_A_PROVIDER);
  expect(providersOf(records, 9_999)).toEqual([peer(1)]);
  expect(providersOf(records, 0)).toEqual([]);
});

it('is never larger than its limit, and takes the room from those who have most', () => {
  const { records } = store();
  records.put(key(500_000, 0), VALUE);
  for (let blob = 0; blob < 10; blob += 1) records.put(key(blob, 1), VALUE);
  for (let put = 0; put < 20_000; put += 1) records.put(key(1000 + put, 2 + (put % 300)), VALUE);
  expect(records.size).toBe(MAX_RECORDS + 1);
  for (let blob = 0; blob < 10; blob += 1) expect(providersOf(records, blob)).toEqual([peer(1)]);
  expect(providersOf(records, 500_000)).toEqual([OWN]);
});

it.each([
  ['a value', '/dht/record/abc', VALUE],
  ['a longer hash', `/dht/provider/${content(1)}a/${peer(1)}`, VALUE],
  ['a hash of other letters', `/dht/provider/${content(1).toUpperCase()}/${peer(1)}`, VALUE],
  ['a provider that is none', `/dht/provider/${content(1)}/x`, VALUE],
  ['no provider', `/dht/provider/${content(1)}`, VALUE],
  ['a long time', key(1, 1).toString(), new Uint8Array(17)],
])('refuses %s', (_what, name, value) => {
  const { records } = store();
  expect(() => records.put(new Key(name, false), value)).toThrow('Only provider records');
  expect(records.size).toBe(0);
});
