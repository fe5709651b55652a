import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCode, MillraceError } from '#protocol/errors.ts';

/** @param wanted 0: any free port. @returns the port. @throws MillraceError PORT_IN_USE, or the system's error */
export async function listenOnLoopback(server: Server, wanted: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const isTaken = errorCode(cause) === 'EADDRINUSE';
      reject(isTaken ? new MillraceError('PORT_IN_USE', `Port ${wanted} is in use`, { cause }) : cause);
    });
    server.listen(wanted, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
