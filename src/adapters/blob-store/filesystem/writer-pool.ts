import type { UploadState } from "../../../ports/blob-store.ts"
import type { Piece, UploadWriter } from "./upload-writer.ts"
import type { WriterReply } from "./worker-protocol.ts"

/** `UploadWriter` over a few threads: an upload stays with the thread it began on, where its hasher is. */
export interface WriterPool extends Omit<UploadWriter, "append"> {
  /** Begins a body of the upload. All of its pieces go to one thread. To be closed. */
  openBody(uploadId: string): BodyWriter
  close(): Promise<void>
}

export interface BodyWriter {
  append(piece: Piece): Promise<UploadState>
  /** Bytes that each of the bodies being received may have on their way to the threads. */
  shareBytes(): number
  close(): void
}

/** Enough to keep an upload's thread busy. */
const MAX_SHARE_BYTES = 1536 * 1024
/** What all bodies together may have on their way. */
const MAX_IN_FLIGHT_BYTES = 8 * 1024 * 1024
/** Uploads whose thread is remembered; a forgotten one costs reading its upload back. */
const MAX_REMEMBERED = 4096

interface Thread {
  worker: Worker
  uploads: number
}

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** Resolves when all threads are ready. A thread that dies fails its calls and every later one: the process is then to be restarted. */
export async function createWriterPool(root: string, threadCount: number): Promise<WriterPool> {
  const pending = new Map<number, Pending>()
  const threadOf = new Map<string, Thread>()
  /** Of the uploads whose bodies are coming in: nobody else may look at their files meanwhile. */
  const threadOfBody = new Map<string, Thread>()
  let nextId = 0
  let death: Error | undefined

  const threads = await Promise.all(Array.from({ length: threadCount }, () => startThread()))

  function startThread(): Promise<Thread> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url))
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<WriterReply>) => {
        if ("ready" in data) resolve({ worker, uploads: 0 })
        else settle(data)
      }
      worker.onerror = ({ message }) => {
        death = new Error(`a thread that writes uploads has ended: ${message}`)
        reject(death)
        for (const call of pending.values()) call.reject(death)
        pending.clear()
        // Nothing can be pushed any more: the process ends, and whoever watches over it starts it again.
        queueMicrotask(() => {
          throw death
        })
      }
      worker.postMessage({ root })
    })
  }

  function settle(reply: Exclude<WriterReply, { ready: true }>): void {
    const call = pending.get(reply.id)
    pending.delete(reply.id)
    if ("error" in reply) {
      call?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }))
      return
    }
    call?.resolve(reply.result)
  }

  function chooseThread(uploadId: string): Thread {
    const known = threadOfBody.get(uploadId) ?? threadOf.get(uploadId)
    const thread = known ?? threads.reduce((least, each) => (each.uploads < least.uploads ? each : least))
    if (!threadOf.has(uploadId)) thread.uploads++
    // At the end of the map: the first one is the one that was not used for longest.
    threadOf.delete(uploadId)
    threadOf.set(uploadId, thread)
    if (threadOf.size > MAX_REMEMBERED) {
      const [oldest] = threadOf.keys()
      if (oldest !== undefined) forget(oldest)
    }
    return thread
  }

  function forget(uploadId: string): void {
    const thread = threadOf.get(uploadId)
    if (thread === undefined) return
    thread.uploads--
    threadOf.delete(uploadId)
  }

  function call<Method extends keyof UploadWriter>(
    method: Method,
    args: Parameters<UploadWriter[Method]>,
    thread: Thread = chooseThread(args[0]),
  ): ReturnType<UploadWriter[Method]> {
    const result = new Promise((resolve, reject) => {
      if (death !== undefined) throw death
      const id = nextId++
      pending.set(id, { resolve, reject })
      const [, piece] = args
      const transfer = typeof piece === "object" && "chunks" in piece ? piece.chunks.map(({ buffer }) => buffer) : []
      thread.worker.postMessage({ id, method, args }, transfer)
    })
    return result as ReturnType<UploadWriter[Method]>
  }

  function openBody(uploadId: string): BodyWriter {
    const thread = chooseThread(uploadId)
    threadOfBody.set(uploadId, thread)
    return {
      append: (piece) => call("append", [uploadId, piece], thread),
      shareBytes: () => Math.min(MAX_SHARE_BYTES, MAX_IN_FLIGHT_BYTES / threadOfBody.size),
      close: () => void threadOfBody.delete(uploadId),
    }
  }

  return {
    openBody,
    find: (uploadId, notedBytes) => call("find", [uploadId, notedBytes]),
    hash: (uploadId, algorithm) => call("hash", [uploadId, algorithm]),
    complete: (uploadId, key) => call("complete", [uploadId, key]).finally(() => forget(uploadId)),
    check: (checkId, key, maxBytes) => call("check", [checkId, key, maxBytes]),
    endCheck: (checkId) => call("endCheck", [checkId]).finally(() => forget(checkId)),
    abort: (uploadId) => call("abort", [uploadId]).finally(() => forget(uploadId)),
    close: async () => {
      for (const { worker } of threads) worker.terminate()
    },
  }
}
