import { randomBytes } from "node:crypto";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * What the ids of each kind begin with, as OpenAI's do. Some join with a hyphen and some with an underscore; clients
 * and people tell kinds apart by it.
 */
const idPrefixes = {
  assistant: "asst_",
  batch: "batch_",
  batch_line: "batch_req_",
  chat_completion: "chatcmpl-",
  conversation: "conv_",
  conversation_item: "msg_",
  eval: "eval_",
  eval_run: "evalrun_",
  eval_output_item: "outputitem_",
  file: "file-",
  fine_tuned_model: "ftmodel_",
  fine_tuning_job: "ftjob-",
  fine_tuning_event: "ftevent-",
  fine_tuning_checkpoint: "ftckpt_",
  checkpoint_permission: "cp_",
  idempotency: "idem_",
  api_key: "key_",
  message: "msg_",
  response: "resp_",
  run: "run_",
  run_event: "runevent_",
  run_step: "step_",
  thread: "thread_",
  upload: "upload_",
  upload_part: "part_",
  vector_store: "vs_",
  vector_store_batch: "vsfb_",
  vector_store_file: "vsfile_",
  video: "video_",
  video_character: "char_",
  webhook_endpoint: "whe_",
  webhook_event: "evt_",
} as const;

export type ObjectKind = keyof typeof idPrefixes;

/** A new id of a kind: its prefix and 24 letters and digits that carry 142 random bits. */
export function newObjectId(kind: ObjectKind): string {
  return idPrefixes[kind] + randomLetters(24);
}

/** Letters and digits, each as likely as the next. */
export function randomLetters(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += alphabet[byte % 62];
  }
  return text;
}
