import type { App } from "../../../src/http/app.ts"
import { LostReplyError, WrongAnswerError, type Client, type Reply, type Request as Sent } from "../client.ts"
import type { Faults } from "./faults.ts"

/** Of a failure of ours: the specification's code, or distribution's where it has none. */
const CODES = new Set(["UNAVAILABLE", "UNKNOWN", "TOOMANYREQUESTS"])
/** What operators are told besides. */
const PROBLEMS = new Set(["STORAGE_FAILED", "STORAGE_FULL", "OVERLOADED", "UNKNOWN"])
const STATUSES = new Set([500, 503, 507])
const LIMIT_MS = 30_000

/**
 * Asks the app within this process. An answer that says that something failed is a lost reply, if a fault was injected and
 * the answer has the form that is due; without a fault nothing may fail.
 */
export function createAppClient(app: App, faults: Faults): Client {
  return {
    send: async (sent) => {
      const before = faults.fired().length
      const reply = await within(ask(app, sent), sent)
      const isFaulty = faults.isArmed() && faults.fired().length > before
      if (reply instanceof Error) {
        // The body broke off: a client sees the connection reset.
        if (isFaulty) throw new LostReplyError(`${sent.method} ${sent.path}: ${reply.message}`)
        throw new WrongAnswerError(`${sent.method} ${sent.path}: the body broke off without a fault: ${reply.message}`)
      }
      const isMisread =
        reply.status === 400 &&
        faults
          .fired()
          .slice(before)
          .some(({ fault }) => fault === "wrong bytes")
      if (reply.status < 500 && !isMisread) return reply
      const text = new TextDecoder().decode(reply.body.subarray(0, 500))
      if (!faults.isArmed()) throw new WrongAnswerError(`${sent.method} ${sent.path}: failed without a fault: ${text}`)
      if (!isMisread) checkForm(sent, reply, text)
      throw new LostReplyError(`${sent.method} ${sent.path}: ${reply.status} ${text}`)
    },
  }
}

async function ask(app: App, { method, path, headers, body }: Sent): Promise<Reply | Error> {
  const length = lengthOf(body)
  const all = { ...headers, ...(length !== undefined && { "Content-Length": String(length) }) }
  const url = new URL(path, "http://registry.test").href
  const request = new Request(url, body === undefined ? { method, headers: all } : { method, headers: all, body })
  const answer = await app(request, { address: "127.0.0.1" })
  try {
    return { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** `undefined` where nobody knows before the end. */
function lengthOf(body: Sent["body"]): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body)
  return body instanceof Uint8Array ? body.length : undefined
}

function checkForm({ method, path }: Sent, { status }: Reply, text: string): void {
  // An answer to HEAD has no body.
  const hasForm = method === "HEAD" || (path.startsWith("/api/") ? PROBLEMS : CODES).has(readCode(text))
  if (STATUSES.has(status) && hasForm) return
  throw new WrongAnswerError(
    `${method} ${path}: a failure must be told with a code and a status of its own, got ${status} ${text}`,
  )
}

function readCode(text: string): string {
  try {
    const { code, errors } = JSON.parse(text) as { code?: string; errors?: { code: string }[] }
    return code ?? errors?.[0]?.code ?? ""
  } catch {
    return ""
  }
}

async function within<Result>(work: Promise<Result>, { method, path }: Sent): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new WrongAnswerError(`${method} ${path}: no answer in ${LIMIT_MS / 1000} s`)),
    LIMIT_MS,
  )
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
