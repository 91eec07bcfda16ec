/**
 * The parts of PostgreSQL's wire protocol (version 3, "Frontend/Backend Protocol" of its manual) that a server
 * needs which leaves the statements themselves to a database behind it.
 */

/** What a client may send before its first real message, told apart by a number in place of a version. */
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
const PROTOCOL_3 = 196608;

/** Larger than any row Loam writes; a length beyond it is no message but noise. */
const LARGEST_MESSAGE_BYTES = 512 * 1024 * 1024;

export type Frame =
  | { kind: "startup" | "encryption" | "cancel" | "unknown" }
  /** `type` is the message's letter, `bytes` the whole message. */
  | { kind: "message"; type: string; bytes: Buffer };

/** Cuts a client's byte stream into messages. */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let chunks: Buffer[] = [];
  let length = 0;
  let started = false;
  let needed = 8;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    while (length >= needed) {
      const buffer = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const header = started ? 1 : 0; // the first message has no letter
      const total = header + buffer.readUInt32BE(header);
      if (total > LARGEST_MESSAGE_BYTES || total < header + 4) {
        yield { kind: "unknown" };
        return;
      }
      if (length < total) {
        [chunks, needed] = [[buffer], total];
        break;
      }
      const bytes = buffer.subarray(0, total);
      [chunks, length] = [[buffer.subarray(total)], length - total];
      if (started) yield { kind: "message", type: String.fromCharCode(bytes[0]!), bytes };
      else {
        const kind = firstKind(bytes.readUInt32BE(4));
        started = kind === "startup";
        yield { kind };
      }
      needed = started ? 5 : 8;
    }
  }
}

function firstKind(code: number): "startup" | "encryption" | "cancel" | "unknown" {
  if (code === SSL_REQUEST || code === GSS_REQUEST) return "encryption";
  if (code === CANCEL_REQUEST) return "cancel";
  return code === PROTOCOL_3 ? "startup" : "unknown";
}

/** The answer to a startup: let in without a password, these settings, ready. */
export function greeting(settings: Record<string, string>): Buffer {
  return Buffer.concat([
    message("R", Buffer.from([0, 0, 0, 0])),
    ...Object.entries(settings).map(([name, value]) => message("S", Buffer.from(`${name}\0${value}\0`))),
    message("K", Buffer.alloc(8)), // cancelling by key is not offered
    message("Z", Buffer.from("I")),
  ]);
}

/** An ErrorResponse after which the connection ends. */
export function fatal(code: string, text: string): Buffer {
  return message("E", Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`));
}

export const SYNC = message("S", Buffer.alloc(0));

export function query(sql: string): Buffer {
  return message("Q", Buffer.from(`${sql}\0`));
}

/** Whether the answer leaves its session outside of any transaction: it ends in ReadyForQuery, idle. */
export function endsIdle(answer: Uint8Array): boolean {
  const end = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).subarray(-6);
  return end.equals(IDLE);
}
const IDLE = message("Z", Buffer.from("I"));

/**
 * Gives a session its own names for prepared statements, which all sessions would otherwise share. The unnamed one
 * stays unnamed: it does not outlive the messages that are sent together.
 *
 * @returns the message with the name prefixed, and the new name.
 */
export function prefixStatement(type: string, bytes: Buffer, prefix: string): { bytes: Buffer; name?: string } {
  const at = statementNameAt(type, bytes);
  if (at === undefined || bytes[at] === 0) return { bytes };
  const name = prefix + bytes.toString("utf8", at, bytes.indexOf(0, at));
  const content = Buffer.concat([bytes.subarray(5, at), Buffer.from(prefix), bytes.subarray(at)]);
  return { bytes: message(type, content), name };
}

/** Where the name of the statement begins in a Parse, Bind, Describe or Close; undefined in other messages. */
function statementNameAt(type: string, bytes: Buffer): number | undefined {
  if (type === "P") return 5;
  if (type === "B") return bytes.indexOf(0, 5) + 1; // behind the portal's name
  const aboutStatement = (type === "D" || type === "C") && bytes[5] === 0x53; // "S", not the portal "P"
  return aboutStatement ? 6 : undefined;
}

/** Closes a prepared statement. */
export function closeStatement(name: string): Buffer {
  return message("C", Buffer.from(`S${name}\0`));
}

export function message(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 0, "latin1");
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}
