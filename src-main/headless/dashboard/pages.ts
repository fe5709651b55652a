/** Pages that must work without the renderer. Plain: the content security policy forbids inline style. */
const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`;

export const LOCKED_PAGE = page(
  'This page is locked',
  'A dashboard address works once, in one browser. Run <code>millrace status</code> on this machine to get a fresh address.',
);

export const NOT_FOUND_PAGE = page('Not found', 'There is nothing at this address.');
