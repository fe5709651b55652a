/** The way to the process that started this one. */
export interface ParentChannel {
  /** Resolves when the message has left, so that the process may exit. */
  readonly send: (message: unknown) => Promise<void>;
  readonly onMessage: (listener: (message: unknown) => void) => void;
  /** The parent went, or closed the channel. */
  readonly onClosed: (listener: () => void) => void;
}

/** What an Electron utilityProcess finds as `process.parentPort`. Written out, because this code knows no Electron. */
interface ElectronParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
}

interface ChildProcessLike {
  readonly parentPort?: ElectronParentPort | null | undefined;
  readonly send?: ((message: unknown, sent: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** Electron's parent port or Node's IPC channel, whichever this process was started with; `null`: started by hand. */
export function openParentChannel(self: ChildProcessLike): ParentChannel | null {
  const { parentPort } = self;
  if (parentPort !== undefined && parentPort !== null) {
    return {
      send: (message) => {
        parentPort.postMessage(message);
        // The port does not tell when a message has left; one turn of the loop hands it to the browser process.
        return new Promise((resolve) => setImmediate(resolve));
      },
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
      // Electron ends a utility process itself when the main process goes; the port has no event for it.
      onClosed: () => undefined,
    };
  }
  if (self.send === undefined) return null;
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        self.send?.(message, (error) => (error === null ? resolve() : reject(error)));
      }),
    onMessage: (listener) => self.on('message', listener),
    onClosed: (listener) => self.on('disconnect', listener),
  };
}
