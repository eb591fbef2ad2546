import { expect, test } from "bun:test"
import { isRegistryError, type RegistryError } from "../../domain/errors.ts"
import { withMinimumRate, type MinimumRate } from "./minimum-rate.ts"
import { listen, openRaw, waitUntil } from "./testing.ts"

interface Outcome {
  sizeBytes: number
  error: RegistryError | undefined
}

async function readAll(body: ReadableStream<Uint8Array> | null, rate: MinimumRate): Promise<Outcome> {
  let sizeBytes = 0
  try {
    for await (const chunk of withMinimumRate(body ?? new ReadableStream(), rate)) sizeBytes += chunk.byteLength
  } catch (error) {
    if (isRegistryError(error, "UPLOAD_INTERRUPTED")) return { sizeBytes, error }
    throw error
  }
  return { sizeBytes, error: undefined }
}

/** Sends a request for 10,000 bytes and lets `send` feed its body. */
async function upload(rate: MinimumRate, send: (write: (text: string) => void) => Promise<void>): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  await using listener = await listen(async (request) => {
    resolve(await readAll(request.body, rate))
    return new Response(null, { status: 408 })
  })
  const connection = await openRaw(listener.port)
  connection.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
  await send((text) => connection.write(text))
  const outcome = await promise
  connection.end()
  return outcome
}

test("a body that stalls is given up, and what came before is handed on", async () => {
  const outcome = await upload({ stallSeconds: 0.4 }, async (write) => write("a".repeat(5000)))
  expect(outcome.sizeBytes).toBe(5000)
  expect(outcome.error?.message).toBe("the client sends too slowly: the upload can be resumed")
})

test("a body that drips below the rate is given up", async () => {
  const outcome = await upload({ stallSeconds: 0.4 }, async (write) => {
    for (let piece = 0; piece < 20; piece++) {
      write("a")
      await Bun.sleep(50)
    }
  })
  expect(outcome.error?.code).toBe("UPLOAD_INTERRUPTED")
  expect(outcome.sizeBytes).toBeLessThan(20)
})

test("a slow body above the rate is read to its end", async () => {
  const outcome = await upload({ stallSeconds: 0.4, bytesPerSecond: 1000 }, async (write) => {
    for (let piece = 0; piece < 20; piece++) {
      write("a".repeat(500))
      await Bun.sleep(60)
    }
  })
  expect(outcome).toEqual({ sizeBytes: 10_000, error: undefined })
})

test("the time that the reader spends with a chunk does not count against the client", async () => {
  const chunks = [new Uint8Array(10), new Uint8Array(10)]
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
  let sizeBytes = 0
  for await (const chunk of withMinimumRate(body, { stallSeconds: 0.1 })) {
    sizeBytes += chunk.byteLength
    await Bun.sleep(300)
  }
  expect(sizeBytes).toBe(20)
})

test("a connection that is cut in the middle of the body is an interruption, not an end", async () => {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let hasBegun = false
  await using listener = await listen(async (request) => {
    hasBegun = true
    resolve(await readAll(request.body, { stallSeconds: 60 }))
    return new Response()
  })
  const connection = await openRaw(listener.port)
  connection.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
  await waitUntil(() => hasBegun, "the handler runs")
  await Bun.sleep(50)
  connection.end()
  const outcome = await promise
  expect(outcome.sizeBytes).toBe(5)
  expect(outcome.error?.message).toStartWith("the connection was closed before the end of the body")
})

test("a signal ends the reading", async () => {
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 50)
  const outcome = await readAll(new ReadableStream(), { stallSeconds: 60, signal: abort.signal })
  expect(outcome.error?.message).toStartWith("the upload was ended")
  const late = await readAll(new ReadableStream(), { stallSeconds: 60, signal: AbortSignal.abort() })
  expect(late.error?.message).toStartWith("the upload was ended")
})
