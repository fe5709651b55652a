import { endpointProblem, MAX_ENDPOINTS } from '#protocol/contract/endpoints.ts';
import type { ChainName, NetworkChoice } from '#protocol/contract/state.ts';

/** What the owner has typed and not sent yet. */
export interface NetworkDraft {
  readonly chain: ChainName;
  /** One address a line. */
  readonly endpointsText: string;
  readonly netuidText: string;
}

export const draftOf = ({ chain, customEndpoints, netuid }: NetworkChoice): NetworkDraft => ({
  chain,
  endpointsText: customEndpoints.join('\n'),
  netuidText: netuid === null ? '' : netuid.toString(),
});

/** Another chain has other subnets: the number has to be typed anew. */
export const withChain = (draft: NetworkDraft, chain: ChainName, saved: NetworkChoice): NetworkDraft => ({
  ...draft,
  chain,
  netuidText: chain === saved.chain ? draftOf(saved).netuidText : '',
});

export interface DraftProblems {
  readonly endpoints: string | null;
  readonly netuid: string | null;
}

export function draftProblems(draft: NetworkDraft): DraftProblems {
  return {
    endpoints: draft.chain === 'custom' ? endpointsProblem(linesOf(draft)) : null,
    netuid:
      draft.chain === 'devnet' || (/^\d{1,5}$/.test(draft.netuidText.trim()) && Number(draft.netuidText) <= 65_535)
        ? null
        : 'A subnet is a whole number from 0 to 65535',
  };
}

/** For main, once there are no problems. What the chosen chain has no use for stays as it was. */
export const choiceOf = (draft: NetworkDraft, saved: NetworkChoice): NetworkChoice => ({
  chain: draft.chain,
  customEndpoints: draft.chain === 'custom' ? linesOf(draft) : saved.customEndpoints,
  netuid: draft.chain === 'devnet' ? saved.netuid : Number(draft.netuidText),
});

/** Whether sending it would change anything. */
export const isChanged = (draft: NetworkDraft, saved: NetworkChoice): boolean =>
  draft.chain !== saved.chain ||
  (draft.chain !== 'devnet' && draft.netuidText.trim() !== draftOf(saved).netuidText) ||
  (draft.chain === 'custom' && linesOf(draft).join('\n') !== saved.customEndpoints.join('\n'));

const linesOf = ({ endpointsText }: NetworkDraft): readonly string[] =>
  endpointsText.split(/\s+/).filter((line) => line !== '');

function endpointsProblem(lines: readonly string[]): string | null {
  if (lines.length === 0) return 'At least one address is needed';
  if (lines.length > MAX_ENDPOINTS) return `At most ${MAX_ENDPOINTS} addresses`;
  return lines.map(endpointProblem).find((problem) => problem !== null) ?? null;
}
