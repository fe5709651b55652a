import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import type { ChainName, NetworkChoice } from '#protocol/contract/state.ts';
import { createApp, type App } from '#main/core/app.ts';
import { findTextPath } from '#main/core/dataset.ts';
import { createHome } from '#main/core/home.ts';
import { NETWORK_WORDS, parseChain } from '#main/core/networks.ts';
import { readSettings } from '#main/core/settings.ts';
import { defaultWalletsFolder } from '#main/core/keys/wallets-folder.ts';
import { EXIT_DONE, EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import { DEFAULT_PORT, type RunOptions } from './command-line.ts';
import { removeDashboardFile, writeDashboardFile } from './dashboard-file.ts';
import { openDashboard, type Dashboard } from './dashboard/server.ts';
import { DEVNET_MEMBERS, openOperatorView, type OperatorView } from './operator/operator-view.ts';
import { givenHotkeyPassword } from './password-file.ts';
import { createRunWatch, type RunEnd } from './run-watch.ts';

/** A devnet round takes 15 s; a machine that is not paid for this long will not be paid. */
const REWARD_LIMIT_MS = 5 * 60_000;

/**
 * `millrace run`: trains and earns until interrupted, or until enough rounds were rewarded.
 * @throws MillraceError with the reason
 */
export async function runHeadless(home: string, options: RunOptions, context: CommandContext): Promise<number> {
  const network = networkFor(options);
  createHome(home);
  const members = membersOf((network ?? readSettings(home)).chain);
  const view = await openOperatorView({ home, members, metrics: null, log: context.log });
  try {
    return await runApp(home, { ...options, network }, context, view);
  } finally {
    await view.close();
  }
}

const NOBODY: typeof DEVNET_MEMBERS = [];
/** Whom the app runs beside its worker on this chain. */
const membersOf = (chain: ChainName): typeof DEVNET_MEMBERS => (chain === 'devnet' ? DEVNET_MEMBERS : NOBODY);

/** `undefined`: as the settings say. @throws MillraceError USAGE */
function networkFor({ chain, netuid }: RunOptions): NetworkChoice | undefined {
  if (chain === undefined) {
    if (netuid !== undefined) throw new MillraceError('USAGE', '--netuid says which subnet of --chain: name both');
    return undefined;
  }
  const parsed = parseChain(chain);
  if ('problem' in parsed) throw new MillraceError('USAGE', parsed.problem);
  if (parsed.chain !== 'devnet' && netuid === undefined) {
    throw new MillraceError('USAGE', `Say which subnet of ${chain} trains, with --netuid`);
  }
  return { ...parsed, netuid: netuid ?? null };
}

async function runApp(
  home: string,
  options: RunOptions & { readonly network: NetworkChoice | undefined },
  context: CommandContext,
  view: OperatorView,
): Promise<number> {
  const { output, log, nowMs, interrupted } = context;
  const startedAtMs = nowMs();
  const app = createApp({
    home,
    host: 'headless',
    version: context.version,
    processes: context.processes,
    nowMs,
    cores: availableParallelism(),
    log,
    textPath: findTextPath(),
    extensionPage: join(context.dist, 'extension-page'),
    openUrl: (url) => output.line(`Your browser extension is asked for: open ${url}`),
    walletsFolder: defaultWalletsFolder(homedir()),
    hotkeyPassword: givenHotkeyPassword(options.hotkeyPasswordFile, process.env),
    ...{ onMessage: view.see, onChange: view.supervised },
    threads: options.threads,
    diskGiB: options.disk,
    network: options.network,
    workShare: options.workShare === undefined ? undefined : options.workShare / 100,
  });
  await app.start();
  // Its owner may choose another chain in the dashboard.
  app.store.subscribe(() => view.show(membersOf(app.store.get().network.name)));
  let dashboard: Dashboard | null = null;
  try {
    output.event('start', { version: context.version, home });
    const { name, netuid } = app.store.get().network;
    const where = name === 'devnet' ? 'the devnet' : `subnet ${netuid ?? '–'} of ${NETWORK_WORDS[name]}, with the data`;
    output.line(`Millrace ${context.version} trains on ${where} of ${home}`);
    if (options.dashboard) dashboard = await showDashboard(app, home, options.port, context);
    await app.command('work.start', {});
    const watch = createRunWatch({ rounds: options.rounds ?? null, startedAtMs, output });
    // Elsewhere an epoch is as long as its subnet's owner wants.
    const isLimited = options.rounds !== undefined && name === 'devnet';
    const end = await watchUntilEnd(app, watch, isLimited, interrupted);
    if (end === null) return EXIT_INTERRUPTED;
    if (end.kind === 'failed') throw Object.assign(new Error(end.message), { code: end.code });
    output.event('done', { rounds: end.rewardedRounds });
    output.line(`Done: ${end.rewardedRounds} rewarded ${end.rewardedRounds === 1 ? 'round' : 'rounds'}.`);
    return EXIT_DONE;
  } finally {
    if (interrupted.aborted) output.line('Stopping …');
    if (dashboard !== null) removeDashboardFile(home);
    await Promise.all([dashboard?.close(), app.stop()]);
  }
}

async function showDashboard(
  app: App,
  home: string,
  port: number | undefined,
  { dist, log, output }: CommandContext,
): Promise<Dashboard> {
  const open = (wanted: number): Promise<Dashboard> =>
    openDashboard({
      port: wanted,
      folder: join(dist, 'renderer'),
      store: app.store,
      command: (name, payload) => app.command(name, payload),
      log,
    });
  const dashboard = await open(port ?? DEFAULT_PORT).catch((error: unknown) => {
    if (errorCode(error) !== 'PORT_IN_USE') throw error;
    if (port !== undefined) {
      throw new MillraceError('PORT_IN_USE', `Port ${port} is in use by another program; choose one with --port`);
    }
    output.line(`Port ${DEFAULT_PORT} is in use; the dashboard takes a free one.`);
    return open(0);
  });
  writeDashboardFile(home, dashboard);
  const url = dashboard.mintUrl();
  output.event('dashboard', { url });
  output.line(`Dashboard: ${url}`);
  return dashboard;
}

/** `null`: interrupted. */
async function watchUntilEnd(
  app: App,
  watch: ReturnType<typeof createRunWatch>,
  isLimited: boolean,
  interrupted: AbortSignal,
): Promise<RunEnd | null> {
  let cleanUp: () => void = () => undefined;
  const end = await new Promise<RunEnd | null>((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let rewarded = -1;
    const limitTheWait = (): void => {
      if (!isLimited || watch.rewardedRounds === rewarded) return;
      rewarded = watch.rewardedRounds;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const message = [`No round was rewarded within ${REWARD_LIMIT_MS / 60_000} minutes.`, watch.whyDropped ?? ''];
        resolve({ kind: 'failed', code: 'TIMEOUT', message: message.join(' ').trim() });
      }, REWARD_LIMIT_MS);
    };
    const see = (): void => {
      const seen = watch.see(app.store.get());
      limitTheWait();
      if (seen !== null) resolve(seen);
    };
    const onInterrupt = (): void => resolve(null);
    interrupted.addEventListener('abort', onInterrupt);
    const unsubscribe = app.store.subscribe(see);
    cleanUp = () => {
      clearTimeout(timer);
      unsubscribe();
      interrupted.removeEventListener('abort', onInterrupt);
    };
    if (interrupted.aborted) resolve(null);
    see();
  });
  cleanUp();
  return end;
}
