import { parentPort, workerData } from 'node:worker_threads';
import { deriveKey, type KeyRequest } from './derive-key.ts';

/** Entry of a thread (dist/derive-key-thread.js) that derives one key and ends. What fails reaches the parent as an 'error'. */
const key = await deriveKey(workerData as KeyRequest);
parentPort?.postMessage(key, [key.buffer]);
