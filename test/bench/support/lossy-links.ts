import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where everything in the namespace listens, and behind which port the delay of each is. */
const PORTS = { first: 20_000, count: 1_000, offset: 10_000 };

export interface LossyLinksOptions {
  /** Of all TCP packets, handshakes and answers included. */
  readonly lossPercent: number;
  /** Each way. */
  readonly delayMs: number;
}

/**
 * A network namespace whose loopback loses packets (netfilter) and whose connections pass through a process that delays what they
 * carry: `tc netem` is not in every kernel. Needs Linux, root and nftables.
 */
export class LossyLinks {
  readonly #name = `mrlossy${process.pid.toString(36)}`;
  #delay: ChildProcess | null = null;

  /** @throws Error where the machine does not permit it */
  static async create({ lossPercent, delayMs }: LossyLinksOptions): Promise<LossyLinks> {
    const links = new LossyLinks();
    const { first, count, offset } = PORTS;
    const last = first + count - 1;
    const ports = Array.from({ length: count }, (_, index) => `${first + index} : ${first + index + offset}`);
    try {
      await run('ip', ['netns', 'add', links.#name]);
      await links.#inside('ip', 'link', 'set', 'lo', 'up');
      await links.#inside('sysctl', '-qw', `net.ipv4.ip_local_port_range=${first} ${last}`);
      const rules = [
        'table ip millrace {',
        `chain out { type filter hook output priority 0; ip protocol tcp numgen random mod 100 < ${lossPercent} drop; }`,
        'chain nat { type nat hook output priority -100;',
        `ip saddr != 127.0.0.2 tcp dport ${first}-${last} redirect to :tcp dport map { ${ports.join(', ')} }; }`,
        '}',
      ];
      await links.#inside('nft', rules.join('\n'));
      const program = join(import.meta.dirname, 'slow-links-side.ts');
      const args = [process.execPath, program, ...[first, count, offset, delayMs].map(String)];
      const child = spawn('ip', links.command(args), { stdio: ['ignore', 'pipe', 'inherit'] });
      links.#delay = child;
      await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => Promise.reject(new Error('The links could not be delayed'))),
      ]);
      return links;
    } catch (error) {
      await links.close();
      throw error;
    }
  }

  /** Arguments of `ip` that run this in it. */
  command(program: readonly string[]): readonly string[] {
    return ['netns', 'exec', this.#name, ...program];
  }

  async close(): Promise<void> {
    this.#delay?.kill();
    await run('ip', ['netns', 'del', this.#name]).catch(() => undefined);
  }

  async #inside(...program: readonly string[]): Promise<void> {
    await run('ip', this.command(program));
  }
}
