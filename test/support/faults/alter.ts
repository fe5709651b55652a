import { concatBytes } from '#protocol/bytes.ts';
import type { KeyPair } from '#protocol/keys.ts';
import { type Announcement, openAnnouncement, sealAnnouncement } from '#protocol/round/announcement.ts';
import { encodeUpdateHeader, HEADER_BYTES, type UpdateHeader } from '#protocol/update/update-header.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';

const isUpdate = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.subarray(0, 4)) === 'MRUP';

/** Stores other bytes than the worker has made; its announcement names them, as honest as ever. */
export const withBytes = (ports: WorkerPorts, change: (update: Uint8Array) => Uint8Array): WorkerPorts => ({
  ...ports,
  putBlob: (bytes) => ports.putBlob(isUpdate(bytes) ? change(bytes) : bytes),
});

/** Encodes other differences than the worker has trained, with the real codec. */
export const withDifferences = (
  ports: WorkerPorts,
  change: (differences: readonly Float32Array[]) => readonly Float32Array[],
): WorkerPorts => ({
  ...ports,
  updates: {
    ...ports.updates,
    encode: (spec, differences, errors) => ports.updates.encode(spec, change(differences), errors),
  },
});

/** Announces something else. */
export const withAnnouncement = (
  ports: WorkerPorts,
  change: (announcement: Announcement, signal: AbortSignal) => Announcement | Promise<Announcement>,
): WorkerPorts => ({
  ...ports,
  announce: async (address, bytes, signal) => {
    const { announcement } = openAnnouncement(bytes);
    return ports.announce(address, sealedBy(ports.hotkey, await change(announcement, signal)), signal);
  },
});

const sealedBy = (hotkey: KeyPair, announcement: Announcement): Uint8Array => sealAnnouncement(announcement, hotkey);

/** The same parts under another header. */
export const withHeader = (update: Uint8Array, header: UpdateHeader): Uint8Array =>
  concatBytes(encodeUpdateHeader(header), update.subarray(HEADER_BYTES));
