/** What a method needs of the connection that calls it. */
export interface RpcCaller {
  /**
   * Begins to send notifications.
   * @param method in which they are sent
   * @param begin gets the function that sends one, returns the one that ends it
   * @param keptBytes of what the client sent and the subscription keeps
   * @returns the subscription's id, which the method answers with
   * @throws RpcError when the connection has too many or keeps too much, or cannot have any (HTTP)
   */
  readonly subscribe: (
    method: string,
    begin: (notify: (result: unknown) => void) => () => void,
    keptBytes?: number,
  ) => string;
  /** @returns whether there was such a subscription */
  readonly unsubscribe: (id: unknown) => boolean;
}

/** @throws RpcError */
export type RpcMethod = (params: readonly unknown[], caller: RpcCaller) => unknown;

export type RpcMethods = Readonly<Record<string, RpcMethod>>;
