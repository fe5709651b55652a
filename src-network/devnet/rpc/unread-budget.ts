import type { Duplex } from 'node:stream';
import type { RpcLimits } from './rpc-limits.ts';

/** Counts what all clients have been sent and not read, which is in our memory, and drops those that are too far behind. */
export class UnreadBudget {
  readonly #limits: Pick<RpcLimits, 'clientUnreadBytes' | 'allUnreadBytes'>;
  readonly #log: (message: string) => void;
  readonly #sockets = new Set<Duplex>();

  constructor(limits: Pick<RpcLimits, 'clientUnreadBytes' | 'allUnreadBytes'>, log: (message: string) => void) {
    this.#limits = limits;
    this.#log = log;
  }

  watch(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Whether this client may be sent one more message. Drops others where that is what it takes. */
  allows(socket: Duplex): boolean {
    if (socket.writableLength > this.#limits.clientUnreadBytes) this.#drop(socket);
    let unread = 0;
    for (const each of this.#sockets) unread += each.writableLength;
    while (unread > this.#limits.allUnreadBytes) {
      const furthest = [...this.#sockets].reduce((a, b) => (b.writableLength > a.writableLength ? b : a));
      unread -= furthest.writableLength;
      this.#drop(furthest);
    }
    return !socket.destroyed;
  }

  #drop(socket: Duplex): void {
    this.#log('Dropped a client that does not read its answers');
    this.#sockets.delete(socket);
    socket.destroy();
  }
}
