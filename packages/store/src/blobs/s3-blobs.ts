import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { ArgumentError, NotFoundError, UnavailableError } from "@loam/core";
import { type BlobStore, checkKey } from "./blob-store.ts";

/**
 * Blobs in a bucket of S3 or of a store that speaks its protocol (MinIO, R2, Ceph, …).
 *
 * @param url `s3://bucket/prefix?region=…&endpoint=…`. With an endpoint the bucket stands in the path, which every
 * such store understands. Keys to the bucket come from where the AWS SDK looks: `AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`, profiles, the machine's role.
 * @param timeoutSeconds a request that has not been answered by then, or a body that stands still for so long, has failed
 */
export function openS3Blobs(url: string, { timeoutSeconds = 30 }: { timeoutSeconds?: number } = {}): BlobStore {
  const { bucket, prefix, region, endpoint } = parseS3Url(url);
  const client = new S3Client({
    region,
    endpoint,
    forcePathStyle: endpoint !== undefined,
    // A store that takes the connection and then says nothing must not hold an upload for ever.
    requestHandler: {
      connectionTimeout: Math.min(5000, timeoutSeconds * 1000),
      requestTimeout: timeoutSeconds * 1000,
      socketTimeout: timeoutSeconds * 1000,
      throwOnRequestTimeout: true,
    },
    // Once more after a first failure: three times as long as one may take is too long to wait for an answer.
    maxAttempts: 2,
    // Checksums in trailers are unknown to many compatible stores.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + checkKey(key) });
  const asked = async <T>(key: string, request: Promise<T>): Promise<T> =>
    await request.catch((cause) => {
      throw translate(cause, { key, place: endpoint ? `${bucket} at ${endpoint}` : bucket });
    });
  const body = async (key: string): Promise<NonNullable<GetObjectCommandOutput["Body"]>> =>
    (await asked(key, client.send(new GetObjectCommand(at(key))))).Body!;

  const blobs: BlobStore = {
    put: async (key, bytes, { contentType } = {}) => {
      const object = { ...at(key), Body: bytes, ContentLength: bytes.length, ContentType: contentType };
      await asked(key, client.send(new PutObjectCommand(object)));
    },
    putStream: async (key, parts, { contentType } = {}) => {
      let sizeBytes = 0;
      const counted = async function* () {
        for await (const part of parts) {
          sizeBytes += part.length;
          yield part;
        }
      };
      const source = Readable.from(counted(), { objectMode: false });
      // One part of 8 MiB on its way and one being filled: S3 allows 10,000 parts, which is 80 GiB.
      const upload = new Upload({
        client,
        params: { ...at(key), Body: source, ContentType: contentType },
        partSize: 8 * 1024 ** 2,
        queueSize: 1,
      });
      let broken: unknown;
      source.once("error", (error) => {
        broken = error;
      });
      await upload.done().catch((cause) => {
        throw broken ?? translate(cause, { key, place: endpoint ? `${bucket} at ${endpoint}` : bucket });
      });
      return { sizeBytes };
    },
    putFile: async (key, path) => void (await blobs.putStream(key, createReadStream(path))),
    getFile: async (key, path) => {
      const content = await blobs.stream(key);
      await asked(
        key,
        pipeline(Readable.fromWeb(content as NodeReadableStream), createWriteStream(path, { flags: "wx" })),
      );
    },
    get: async (key) => {
      const content = await body(key);
      return await asked(key, content.transformToByteArray());
    },
    stream: async (key) => {
      const parts = (await body(key)) as unknown as AsyncIterable<Uint8Array>;
      // A body that breaks off or stands still is the store being away, as an answer that does not come is.
      const translated = async function* () {
        try {
          yield* parts;
        } catch (cause) {
          throw translate(cause, { key, place: endpoint ? `${bucket} at ${endpoint}` : bucket });
        }
      };
      return Readable.toWeb(Readable.from(translated(), { objectMode: false })) as ReadableStream<Uint8Array>;
    },
    delete: async (key) => void (await asked(key, client.send(new DeleteObjectCommand(at(key))))),
    exists: async (key) =>
      await asked(key, client.send(new HeadObjectCommand(at(key)))).then(
        () => true,
        (error) => {
          if (error instanceof NotFoundError) return false;
          throw error;
        },
      ),
    list: async function* (from = "") {
      const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix + from });
      try {
        for await (const { Contents = [] } of pages) for (const { Key } of Contents) yield Key!.slice(prefix.length);
      } catch (cause) {
        throw translate(cause, { key: `${from}*`, place: bucket });
      }
    },
    close: async () => client.destroy(),
  };
  return blobs;
}

const PARAMETERS = ["region", "endpoint"];

function parseS3Url(text: string) {
  const expected = "s3://bucket/prefix?region=…&endpoint=…";
  if (!URL.canParse(text)) throw new ArgumentError("blobUrl", text, expected);
  const url = new URL(text);
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown) {
    const hint = "keys to the bucket belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    throw new ArgumentError("blobUrl", `s3://${url.host}${url.pathname}?${unknown}=…`, expected, hint);
  }
  if (!url.host) throw new ArgumentError("blobUrl", text, expected);
  const folder = url.pathname.replace(/^\/+|\/+$/g, "");
  return {
    bucket: url.host,
    prefix: folder ? `${folder}/` : "",
    region: url.searchParams.get("region") ?? process.env.AWS_REGION ?? "us-east-1",
    endpoint: url.searchParams.get("endpoint") ?? undefined,
  };
}

function translate(cause: unknown, { key, place }: { key: string; place: string }): Error {
  const { name, message, $metadata } = cause as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  // Without the bucket itself nothing is a matter of the key.
  if (status === 404 && name !== "NoSuchBucket") return new NotFoundError("blob", key, { cause });
  return new UnavailableError("blobs", `${key} in the bucket ${place}: ${name}${message ? ` (${message})` : ""}.`, {
    details: { key, place, name, status },
    hint: status === 403 ? "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do" : "check BLOB_URL",
    cause,
  });
}
