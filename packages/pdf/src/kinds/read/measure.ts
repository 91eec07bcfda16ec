import { measureZip, unzip } from "@loam/core";

/** What a document that is an archive may hold unpacked. */
const maxUnpackedBytes = 256 * 1024 ** 2;

/** @throws {InputError} `invalid_file` for a damaged archive, or one that unpacks to more than 256 MiB. */
export async function measureUnpacked(name: string, bytes: Uint8Array): Promise<void> {
  await measureZip(name, bytes, { maxBytes: maxUnpackedBytes });
}

/** The entries of an archive. @throws {InputError} as `measureUnpacked` does. */
export function unpacked(name: string, bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  return unzip(name, bytes, { maxBytes: maxUnpackedBytes, wanted: () => true });
}
