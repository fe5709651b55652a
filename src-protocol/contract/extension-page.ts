/**
 * Between main and the page in the owner's browser that speaks with extensions. JSON over HTTP on this machine; the paths are
 * `GET /task`, `GET /metadata`, `GET /events`, `POST /found` and `POST /answer`.
 */
import type { FoundExtension, ShownCall } from './extension.ts';

/** A chain as extensions want it described, but for its metadata. */
export interface PageChain {
  readonly name: string;
  readonly genesisHash: string;
  readonly specVersion: number;
}

/** What extensions sign: the payload of `signPayload`. Its fields belong to the chain and are passed on as they are. */
export type SigningPayload = Readonly<Record<string, unknown>>;

export type PageTask = { readonly id: string; readonly expiresAtMs: number } & (
  | { readonly kind: 'connect' }
  | {
      readonly kind: 'sign';
      readonly address: string;
      readonly shown: ShownCall;
      readonly chain: PageChain;
      readonly payload: SigningPayload;
    }
);

/** The answer to `GET /metadata`. */
export interface PageMetadata {
  readonly rawMetadata: string;
  readonly metaCalls: string;
}

export interface FoundMessage {
  readonly taskId: string;
  readonly extensions: readonly FoundExtension[];
}

export interface PageAccount {
  readonly address: string;
  readonly name: string;
  readonly source: string;
}

export type AnswerMessage = { readonly taskId: string } & (
  | { readonly kind: 'accounts'; readonly accounts: readonly PageAccount[] }
  | { readonly kind: 'signed'; readonly signature: string; readonly signedTransaction?: string | undefined }
  | { readonly kind: 'refused' }
);

/** How a task ended; the page that answered it may hear it before its own answer was taken. */
export type PageTaskResult = 'signed' | 'chosen' | 'refused' | 'expired' | 'stopped';

/** One line of `GET /events`: why the page is over. `moved`: it goes on in another tab. */
export type PageEvent = { readonly kind: 'ended'; readonly end: PageTaskResult } | { readonly kind: 'moved' };
