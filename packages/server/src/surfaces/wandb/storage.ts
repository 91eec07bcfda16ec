import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What this process signs its links with; a client that holds an older one asks for a new one. */
const key = randomBytes(32);

/**
 * Links under which files are put and fetched without a token: the client sends none to addresses that it was given.
 * The signature is part of the path and holds for one file.
 */
export function storageLink(origin: string, scope: string, path: string): string {
  const place = [...scope.split("/"), ...path.split("/")].map(encodeURIComponent).join("/");
  return `${origin}/storage/${sign(scope, path)}/${place}`;
}

/** The file that a link's path stands for; undefined when its signature does not hold. */
export function readStorageLink(pathname: string): { scope: string; path: string } | undefined {
  const [, , signature, ...rest] = pathname.split("/");
  let names: string[];
  try {
    names = rest.map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const scope = names.slice(0, 2).join("/");
  const path = names.slice(2).join("/");
  if (!signature || path === "") return undefined;
  const expected = sign(scope, path);
  if (signature.length !== expected.length) return undefined;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? { scope, path } : undefined;
}

function sign(scope: string, path: string): string {
  return createHmac("sha256", key).update(`${scope}\n${path}`).digest("base64url");
}
