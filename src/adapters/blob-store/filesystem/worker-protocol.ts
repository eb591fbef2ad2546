import type { UploadWriter } from "./upload-writer.ts"

/** One call of an `UploadWriter`, as a message to the worker that has the upload. */
export type WriterCall = {
  [Method in keyof UploadWriter]: { id: number; method: Method; args: Parameters<UploadWriter[Method]> }
}[keyof UploadWriter]

export type WriterReply =
  | { id: number; result: unknown }
  | { id: number; error: { message: string; code: string | undefined } }
  | { ready: true }
