import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export const ACCESS_KEY = "AKIATESTTESTTESTTEST";
export const SECRET_KEY = "secret/of+the/tests";

/**
 * As much of S3 as the blob store uses, over real HTTP: one bucket, path-style addresses, signatures checked
 * (Signature Version 4), lists in pages of three, errors in S3's XML.
 */
export async function startS3Server(bucket: string) {
  const objects = new Map<string, { bytes: Buffer; contentType: string | undefined }>();
  const uploads = new Map<string, Map<number, Buffer>>();
  let away: "refuses" | "hangs" | undefined;
  const server = createServer(async (request, response) => {
    if (away === "refuses") return request.socket.destroy();
    if (away === "hangs") return;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const url = new URL(request.url!, "http://s3");
    const [, bucketName = "", key = ""] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(url.pathname))!;
    const fail = (status: number, code: string) => {
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(
        request.method === "HEAD" ? undefined : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
      );
    };
    if (!signatureIsValid(request, url, body)) return fail(403, "SignatureDoesNotMatch");
    if (bucketName !== bucket) return fail(404, "NoSuchBucket");
    if (request.method === "GET" && key === "") {
      return response.writeHead(200, { "content-type": "application/xml" }).end(list(objects, url.searchParams));
    }
    const uploadId = url.searchParams.get("uploadId");
    const xml = (text: string) => response.writeHead(200, { "content-type": "application/xml" }).end(text);
    if (request.method === "POST" && url.searchParams.has("uploads")) {
      uploads.set(key, new Map());
      return xml(`<InitiateMultipartUploadResult><UploadId>${key}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (request.method === "PUT" && uploadId !== null) {
      uploads.get(uploadId)!.set(Number(url.searchParams.get("partNumber")), body);
      return response.writeHead(200, { etag: '"etag"' }).end();
    }
    if (request.method === "POST" && uploadId !== null) {
      const parts = [...uploads.get(uploadId)!].sort(([a], [b]) => a - b).map(([, part]) => part);
      uploads.delete(uploadId);
      objects.set(key, { bytes: Buffer.concat(parts), contentType: undefined });
      return xml("<CompleteMultipartUploadResult><ETag>etag</ETag></CompleteMultipartUploadResult>");
    }
    if (request.method === "DELETE" && uploadId !== null) {
      uploads.delete(uploadId);
      return response.writeHead(204).end();
    }
    if (request.method === "PUT") {
      objects.set(key, { bytes: body, contentType: request.headers["content-type"] });
      return response.writeHead(200, { etag: '"etag"' }).end();
    }
    if (request.method === "DELETE") {
      objects.delete(key);
      return response.writeHead(204).end();
    }
    const object = objects.get(key);
    if (!object) return fail(404, "NoSuchKey");
    response.writeHead(200, { "content-length": object.bytes.length, "content-type": object.contentType ?? "" });
    response.end(request.method === "HEAD" ? undefined : object.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    uploads,
    /** Takes it away or brings it back: connections break at once, or are taken and never answered. */
    setAway: (how: "refuses" | "hangs" | undefined) => {
      away = how;
      server.closeAllConnections();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PAGE = 3;

function list(objects: ReadonlyMap<string, { bytes: Buffer }>, parameters: URLSearchParams): string {
  const prefix = parameters.get("prefix") ?? "";
  const after = parameters.get("continuation-token") ?? "";
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, PAGE);
  const more = keys.length > PAGE;
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${
    more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ""
  }${page.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)!.bytes.length}</Size></Contents>`).join("")}</ListBucketResult>`;
}

/** AWS Signature Version 4: the canonical request, signed with a key derived from date, region and service. */
function signatureIsValid(request: IncomingMessage, url: URL, body: Buffer): boolean {
  const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? "",
  );
  if (!found || found[1] !== ACCESS_KEY) return false;
  const [, , scope = "", signedHeaders = "", signature] = found;
  const payload = String(request.headers["x-amz-content-sha256"]);
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(body)) return false;
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const headers = signedHeaders.split(";").map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(""), signedHeaders, payload].join("\n");
  const [date = "", region = "", service = ""] = scope.split("/");
  const key = [date, region, service, "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${SECRET_KEY}`);
  const toSign = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  return hmac(key, toSign).toString("hex") === signature;
}

const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");
const hmac = (key: Buffer | string, data: string) => createHmac("sha256", key).update(data).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
