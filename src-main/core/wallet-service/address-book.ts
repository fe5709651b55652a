import { join } from 'node:path';
import * as v from 'valibot';
import { checkedColdkey } from '#protocol/chain/wire-values.ts';
import { type AddressBookEntry, MAX_ADDRESS_BOOK_ENTRIES } from '#protocol/contract/wallet.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { moveAside, readSmallFile, writePrivateFile } from '../private-file.ts';

const MAX_FILE_BYTES = 256 * 1024;
const MAX_NAME = 60;

const fileSchema = v.object({
  version: v.literal(1),
  entries: v.pipe(
    v.array(v.object({ address: checkedColdkey, name: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME)) })),
    v.maxLength(MAX_ADDRESS_BOOK_ENTRIES),
  ),
});

/** Names that the owner has given to addresses, in `home/address-book.json`. Addresses have prefix 42 and were checked. */
export interface AddressBook {
  /** By name. */
  entries(): readonly AddressBookEntry[];
  nameOf(address: string): string | null;
  /** @throws MillraceError USAGE when it is full, SETTINGS when the disk refuses */
  name(address: string, name: string): void;
  /** Does nothing when there is none. @throws MillraceError SETTINGS when the disk refuses */
  forget(address: string): void;
}

/** A damaged file is moved aside. @throws MillraceError SETTINGS when the disk refuses */
export function openAddressBook(
  home: string,
  nowMs: number,
): { readonly book: AddressBook; readonly damagedPath: string | null } {
  const path = join(home, 'address-book.json');
  try {
    const stored = parse(path);
    if (stored !== null) return { book: bookOver(path, stored), damagedPath: null };
    return { book: bookOver(path, []), damagedPath: moveAside(path, nowMs) };
  } catch (cause) {
    throw failed(path, 'read', cause);
  }
}

function bookOver(path: string, stored: readonly AddressBookEntry[]): AddressBook {
  let entries = new Map(stored.map(({ address, name }) => [address, name]));
  const list = (of: ReadonlyMap<string, string>): readonly AddressBookEntry[] =>
    [...of]
      .map(([address, name]) => ({ address, name }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en') || (a.address < b.address ? -1 : 1));
  const save = (next: Map<string, string>): void => {
    try {
      writePrivateFile(path, `${JSON.stringify({ version: 1, entries: list(next) }, null, 2)}\n`);
    } catch (cause) {
      throw failed(path, 'saved', cause);
    }
    entries = next;
  };

  return {
    entries: () => list(entries),
    nameOf: (address) => entries.get(address) ?? null,
    name(address, name) {
      if (!entries.has(address) && entries.size >= MAX_ADDRESS_BOOK_ENTRIES) {
        throw new MillraceError(
          'USAGE',
          `The address book has ${MAX_ADDRESS_BOOK_ENTRIES} names already; remove one first.`,
        );
      }
      save(new Map(entries).set(address, name));
    },
    forget(address) {
      if (!entries.has(address)) return;
      save(new Map([...entries].filter(([each]) => each !== address)));
    },
  };
}

/** `null`: damaged. */
function parse(path: string): readonly AddressBookEntry[] | null {
  let stored: unknown;
  try {
    const text = readSmallFile(path, MAX_FILE_BYTES);
    if (text === null) return [];
    stored = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
  const parsed = v.safeParse(fileSchema, stored);
  return parsed.success ? parsed.output.entries : null;
}

const failed = (path: string, what: string, cause: unknown): MillraceError =>
  new MillraceError('SETTINGS', `The address book ${path} cannot be ${what}: ${errorMessage(cause)}`, { cause });
