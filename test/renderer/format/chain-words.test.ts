import { expect, test } from 'vitest';
import { chainCondition, connectionText, nodeText } from '../../../src-renderer/format/chain-words.ts';
import { states } from '../fixtures/states.ts';

const NOW_MS = 1_795_435_200_000;
const { network } = states.finney;

test('names a node by what tells it from another', () => {
  expect(nodeText('wss://lite.chain.opentensor.ai:443')).toBe('lite.chain.opentensor.ai');
  expect(nodeText('ws://127.0.0.1:9944/key')).toBe('127.0.0.1:9944');
  expect(nodeText('nonsense')).toBe('nonsense');
});

test('says how the connection is, and why there is none', () => {
  expect(connectionText(network, NOW_MS)).toBe('Connected to lite.chain.opentensor.ai.');
  expect(connectionText({ ...network, chain: 'starting', endpoint: null }, NOW_MS)).toBe('Connecting to the chain…');
  expect(connectionText(states['wrong-chain'].network, NOW_MS)).toBe(
    'Out of reach. Trying 127.0.0.1:9944 next. The last attempt failed: wss://node.example.org: no connection in time.',
  );
  expect(connectionText(states.stale.network, NOW_MS)).toContain('its newest block is of 5 min ago');
});

test('an old block counts only while there is a connection', () => {
  expect(chainCondition({ chain: 'connected', staleSinceMs: 1 })).toBe('behind');
  expect(chainCondition({ chain: 'disconnected', staleSinceMs: 1 })).toBe('disconnected');
  expect(chainCondition({ chain: 'connected', staleSinceMs: null })).toBe('connected');
});
