import { expect, test } from 'vitest';
import { isTrustedSender } from '#main/electron/sender-check.ts';

const mainFrame = { url: 'millrace://app/' };
const webContents = { mainFrame };
const window = { webContents };

test('trusts the main frame of our window on our page', () => {
  expect(isTrustedSender({ sender: webContents, senderFrame: mainFrame }, window)).toBe(true);
});

test('refuses when there is no window', () => {
  expect(isTrustedSender({ sender: webContents, senderFrame: mainFrame }, null)).toBe(false);
});

test('refuses another window, also one that shows our page', () => {
  const sender = { mainFrame: { url: 'millrace://app/' } };
  expect(isTrustedSender({ sender, senderFrame: sender.mainFrame }, window)).toBe(false);
});

test('refuses a frame inside our page', () => {
  expect(isTrustedSender({ sender: webContents, senderFrame: { url: 'millrace://app/' } }, window)).toBe(false);
});

test('refuses a frame that is gone', () => {
  expect(isTrustedSender({ sender: webContents, senderFrame: null }, window)).toBe(false);
});

test('refuses our window when it shows another page', () => {
  const strayed = { webContents: { mainFrame: { url: 'https://example.com/' } } };
  const event = { sender: strayed.webContents, senderFrame: strayed.webContents.mainFrame };
  expect(isTrustedSender(event, strayed)).toBe(false);
});
