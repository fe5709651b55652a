/** An address as `peer-address.ts` reads it, or one without a peer id; what ends a sentence or a list is not part of it. */
const ADDRESS = /\/(?:ip[46]|dns[46]?|p2p)\/[^\s;,()"“”]*[^\s;,()"“”:.]/g;
const SHOWN_OF_ID = 6;

/**
 * Words for the owner, in which a peer goes by the end of its id: `peer …3kXp9Q` for `/ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…3kXp9Q`. All
 * ids begin alike. Where the peer is nobody can use who reads why a round failed; a log has the words as they are.
 */
export const shortAddresses = (text: string): string =>
  text.replaceAll(ADDRESS, (address) => {
    const id = /.*\/p2p\/(\w+)/.exec(address)?.[1];
    return id === undefined ? 'a peer' : `peer …${id.slice(-SHOWN_OF_ID)}`;
  });
