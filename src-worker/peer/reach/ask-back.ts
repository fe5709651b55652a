import { type AutoNATComponents, autoNAT } from '@libp2p/autonat';
import type { Connection, Stream } from '@libp2p/interface';
import { RateLimit } from '../rate-limit.ts';
import { hostKey } from './host-key.ts';
import { overriding } from './overriding.ts';

type InboundHandler = Parameters<AutoNATComponents['registrar']['handle']>[1];

/** `/libp2p/autonat/1.0.0`: of one connection at a time. */
const MAX_INBOUND_STREAMS = 2;
/** How often one host may have itself dialled in a minute; only its own address is. */
const MAX_DIALS_A_MINUTE = 12;
const MINUTE_MS = 60_000;
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * AutoNAT: peers ask each other to dial them back, and so learn which of their addresses can be reached. The library takes a
 * connection that is open already for a dial that worked, and closes it afterwards; here each dial is one of its own.
 */
export function askBack(nowMs: () => number): (components: AutoNATComponents) => unknown {
  return (components) => {
    const { connectionManager, registrar } = components;
    const rate = new RateLimit(MAX_DIALS_A_MINUTE, MINUTE_MS);
    return autoNAT({ maxInboundStreams: MAX_INBOUND_STREAMS, timeout: ANSWER_TIMEOUT_MS })(
      overriding(components, {
        connectionManager: overriding(connectionManager, {
          openConnection: (target, options) => connectionManager.openConnection(target, { ...options, force: true }),
        }),
        registrar: overriding(registrar, {
          handle: (protocol: string, handler: InboundHandler, options?: object) =>
            registrar.handle(
              protocol,
              (stream: Stream, connection: Connection) => {
                if (rate.allow(hostKey(connection.remoteAddr), nowMs())) return handler(stream, connection);
                stream.abort(new Error('Too many questions'));
              },
              options,
            ),
        }),
      }),
    );
  };
}
