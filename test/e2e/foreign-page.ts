import type { BrowserContext, Page } from 'playwright-core';

/** A page of the same site and another port, to which the browser sends the cookie along: it tries to answer, and to read the task. */
export async function attackFromElsewhere(
  context: BrowserContext,
  origin: string,
): Promise<{ readonly page: Page; readonly outcome: 'read' | 'kept out' }> {
  const page = await context.newPage();
  await page.route('http://127.0.0.1:9/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.goto('http://127.0.0.1:9/');
  const outcome = await page.evaluate(async (target) => {
    const options = { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"kind":"refused"}' } as const;
    await fetch(`${target}/answer`, options).catch(() => undefined);
    return fetch(`${target}/task`, { credentials: 'include' }).then(
      () => 'read' as const,
      () => 'kept out' as const,
    );
  }, origin);
  return { page, outcome };
}
