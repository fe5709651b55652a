import { createHash } from 'node:crypto';
import type { CreateSha256 } from '#protocol/hash.ts';

/** OpenSSL's (in Electron BoringSSL's) SHA-256, which uses the CPU's instructions: what Node's processes hash models with. */
export const nativeSha256: CreateSha256 = () => createHash('sha256');
