/**
 * Draws the PNG icons from their SVG sources and writes them beside them: `node assets/generate-icons.ts`.
 * Run by hand after an SVG changed; the PNGs are committed. The browser: MILLRACE_CHROMIUM, else /usr/bin/chromium.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

/** Mid tones that show on light and on dark panels alike (Windows, Linux). */
const TRAY_COLORS = { idle: '#7f929a', working: '#18a5b8', paused: '#7f929a', attention: '#e0901a' } as const;
/** macOS takes only the alpha of a template image and colours it by itself. */
const TEMPLATE_COLOR = '#000000';

const APP_SIZES = [16, 32, 64, 256, 512] as const;
/** Below this the detailed mark turns to mush. */
const SMALL_UP_TO = 32;

const here = import.meta.dirname;

async function draw(
  page: Page,
  source: string,
  target: string,
  sizePixels: number,
  color = TEMPLATE_COLOR,
): Promise<void> {
  const svg = await readFile(join(here, source), 'utf8');
  await page.setViewportSize({ width: sizePixels, height: sizePixels });
  await page.setContent(
    `<style>body{margin:0;color:${color}}svg{display:block;width:${sizePixels}px;height:${sizePixels}px}</style>${svg}`,
  );
  await writeFile(join(here, target), await page.screenshot({ omitBackground: true }));
}

const browser = await chromium.launch({
  executablePath: process.env['MILLRACE_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  const page = await browser.newPage();
  for (const size of APP_SIZES) {
    await draw(page, size <= SMALL_UP_TO ? 'icon-small.svg' : 'icon.svg', `icon-${size}.png`, size);
  }
  for (const [state, color] of Object.entries(TRAY_COLORS)) {
    const source = `tray/${state}.svg`;
    await draw(page, source, `tray/${state}.png`, 16, color);
    await draw(page, source, `tray/${state}@2x.png`, 32, color);
    await draw(page, source, `tray/${state}Template.png`, 16);
    await draw(page, source, `tray/${state}Template@2x.png`, 32);
  }
} finally {
  await browser.close();
}
