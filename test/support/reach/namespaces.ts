import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How a router picks the public port of a connection. */
export type RouterKind = 'same port for all' | 'another port for each';

let made = 0;

/**
 * A small internet of network namespaces: a public network, hosts that are in it, and routers behind which are hosts of a local
 * network each. Names are short-lived and of this process, so that a run that was killed is in nobody's way.
 */
export class Internet {
  readonly #prefix: string;
  readonly #spaces: string[] = [];
  #links = 0;

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @returns why there is none, where the machine does not permit it */
  static async create(): Promise<Internet | string> {
    const internet = new Internet(`mr${process.pid.toString(36)}${(made += 1)}`);
    try {
      await run('nft', ['--version']);
      await internet.#space('net');
      await internet.#in('net', 'ip link add hub type bridge');
      await internet.#in('net', 'ip link set hub up');
      return internet;
    } catch (error) {
      await internet.close();
      return error instanceof Error ? error.message.trim().replaceAll('\n', ' ') : 'no network namespaces';
    }
  }

  /** A host with a public address, `64.x.y.z`: all of 64.0.0.0/8 is one network. */
  async publicHost(name: string, address: string): Promise<string> {
    const space = await this.#space(name);
    await this.#plug('net', 'hub', name, 'eth0');
    await this.#in(name, `ip addr add ${address}/8 dev eth0`);
    await this.#in(name, 'ip link set eth0 up');
    return space;
  }

  /** A router with a public address, and in its local network hosts `192.168.<network>.<2…>`, whose namespaces come back. */
  async home(name: string, address: string, network: number, kind: RouterKind, hosts = 1): Promise<readonly string[]> {
    await this.publicHost(name, address);
    for (const command of [
      'ip link add lan type bridge',
      `ip addr add 192.168.${network}.1/24 dev lan`,
      'ip link set lan up',
      'sysctl -qw net.ipv4.ip_forward=1',
    ]) {
      await this.#in(name, command);
    }
    // As home routers do: nothing comes in that was not asked for, and what was not is not answered.
    const masquerade = kind === 'same port for all' ? 'masquerade' : 'masquerade fully-random';
    await this.#rules(name, [
      'table ip millrace {',
      `chain out { type nat hook postrouting priority 100; oifname "eth0" ${masquerade}; }`,
      'chain in { type filter hook input priority 0; iifname "eth0" ct state established,related accept; iifname "eth0" drop; }',
      'chain through { type filter hook forward priority 0; iifname "eth0" ct state established,related accept; iifname "eth0" drop; }',
      '}',
    ]);
    const spaces: string[] = [];
    for (let host = 0; host < hosts; host += 1) {
      const inside = `${name}h${host}`;
      spaces.push(await this.#space(inside));
      await this.#plug(name, 'lan', inside, 'eth0');
      await this.#in(inside, `ip addr add 192.168.${network}.${host + 2}/24 dev eth0`);
      await this.#in(inside, 'ip link set eth0 up');
      await this.#in(inside, `ip route add default via 192.168.${network}.1`);
    }
    return spaces;
  }

  /** All of it goes away; processes in it are whoever's that started them. */
  async close(): Promise<void> {
    for (const space of this.#spaces.splice(0)) await run('ip', ['netns', 'del', space]).catch(() => undefined);
  }

  async #space(name: string): Promise<string> {
    const space = this.#name(name);
    await run('ip', ['netns', 'add', space]);
    this.#spaces.push(space);
    await this.#in(name, 'ip link set lo up');
    return space;
  }

  /** A cable from a bridge to a new device of another namespace. */
  async #plug(from: string, bridge: string, to: string, device: string): Promise<void> {
    const end = `port${(this.#links += 1)}`;
    const far = this.#name(to);
    await this.#in(from, `ip link add ${end} type veth peer name ${device} netns ${far}`);
    await this.#in(from, `ip link set ${end} master ${bridge}`);
    await this.#in(from, `ip link set ${end} up`);
  }

  async #rules(name: string, lines: readonly string[]): Promise<void> {
    await run('ip', ['netns', 'exec', this.#name(name), 'nft', lines.join('\n')]);
  }

  async #in(name: string, command: string): Promise<void> {
    await run('ip', ['netns', 'exec', this.#name(name), ...command.split(' ')]);
  }

  #name = (name: string): string => `${this.#prefix}-${name}`;
}
