import { checkpointTarget } from './checkpoint-target.ts';
import { dhtTarget } from './dht-target.ts';
import { askerTarget, serverTarget } from './exchange-targets.ts';
import { messageTarget } from './message-target.ts';
import { announcementTarget, manifestTarget } from './signed-targets.ts';
import { storeTarget } from './store-target.ts';
import type { FuzzTarget } from './target.ts';
import { updateTarget } from './update-target.ts';

export const fuzzTargets: readonly FuzzTarget[] = [
  updateTarget,
  manifestTarget,
  announcementTarget,
  checkpointTarget,
  messageTarget,
  serverTarget,
  askerTarget,
  dhtTarget,
  storeTarget,
];
