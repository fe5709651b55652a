import { Socket } from 'node:net';
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';

interface SocketStream {
  readonly socket: Socket;
  sendData(data: Uint8ArrayList): { readonly sentBytes: number; readonly canSendMore: boolean };
}

/**
 * The encryption makes four buffers of each message (its length, the frame's header, the bytes, the seal), and the transport writes
 * each on its own: four calls of the system, four packets, four times the other end is woken. This makes them one.
 */
export function joinedWrites<Components>(
  encryption: (components: Components) => ConnectionEncrypter,
): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const encrypter = encryption(components);
    return {
      protocol: encrypter.protocol,
      secureInbound: (connection, options) => encrypter.secureInbound(joined(connection), options),
      secureOutbound: (connection, options) => encrypter.secureOutbound(joined(connection), options),
    };
  };
}

/** Where the transport is not built as it was, its writes stay as they are: slower, and as good. */
function joined<T extends MessageStream>(connection: T): T {
  if (!isSocketStream(connection)) return connection;
  const { socket } = connection;
  connection.sendData = (data) => {
    socket.cork();
    for (const bytes of data) socket.write(bytes);
    socket.uncork();
    // What the system has taken at once does not count as waiting, unlike in what `write` says.
    return { sentBytes: data.byteLength, canSendMore: socket.writableLength < socket.writableHighWaterMark };
  };
  return connection;
}

const isSocketStream = (connection: object): connection is SocketStream =>
  'sendData' in connection && 'socket' in connection && connection.socket instanceof Socket;
