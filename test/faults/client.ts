/** A whole answer: the body has arrived. */
export interface Reply {
  status: number
  headers: Headers
  body: Uint8Array<ArrayBuffer>
}

export interface Request {
  method: string
  /** A path, or a Location as the server gave it. */
  path: string
  headers?: Record<string, string>
  body?: Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>
}

export interface Client {
  /** Rejects with LostReplyError when no whole answer came: the server may have done what was asked, or not. */
  send(request: Request): Promise<Reply>
}

export class LostReplyError extends Error {
  override readonly name = "LostReplyError"
}

/** An answer that no state of the registry explains. The message tells the request, what was due and what came. */
export class WrongAnswerError extends Error {
  override readonly name = "WrongAnswerError"
}

// No request takes this long on a working server: one that does is hung, and is a fault.
const LIMIT_MS = 30_000

export function createClient(url: string): Client {
  return {
    send: async ({ method, path, headers, body }) => {
      const signal = AbortSignal.timeout(LIMIT_MS)
      try {
        const init = { method, headers: headers ?? {}, redirect: "manual" as const, signal, decompress: false }
        const answer = await fetch(new URL(path, url), body === undefined ? init : { ...init, body })
        const bytes = new Uint8Array(await answer.arrayBuffer())
        return { status: answer.status, headers: answer.headers, body: bytes }
      } catch (error) {
        if (signal.aborted) throw new WrongAnswerError(`${method} ${path}: no answer in ${LIMIT_MS / 1000} s`)
        throw new LostReplyError(`${method} ${path}: ${String(error)}`, { cause: error })
      }
    },
  }
}

/** Sends, and throws WrongAnswerError unless the status is one of those due. */
export async function expectStatus(client: Client, request: Request, due: readonly number[]): Promise<Reply> {
  const reply = await client.send(request)
  if (!due.includes(reply.status)) throw wrongAnswer(request, `status ${due.join(" or ")}`, describe(reply))
  return reply
}

export function wrongAnswer({ method, path }: Request, due: string, got: string): WrongAnswerError {
  return new WrongAnswerError(`${method} ${path}: due was ${due}, got ${got}`)
}

function describe({ status, body }: Reply): string {
  return `${status} ${new TextDecoder().decode(body.subarray(0, 500))}`
}
