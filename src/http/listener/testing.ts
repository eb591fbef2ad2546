// For the tests of this folder only.
import { createMemoryLogger, type MemoryLogger } from "../../adapters/logger/memory.ts"
import { createListener, type Listener, type ListenerLimits } from "../listener.ts"
import type { ListenAddress } from "../../domain/address.ts"
import type { TlsOptions } from "./certificate.ts"
import type { Handler } from "./serve.ts"

export interface TestListener extends Listener, AsyncDisposable {
  url: string
  log: MemoryLogger
}

interface TestListenerOptions extends Partial<ListenerLimits> {
  host?: string
  port?: number
  /** Instead of host and port. */
  unix?: string
  tls?: TlsOptions
  http2?: boolean
}

export async function listen(handler: Handler, options: TestListenerOptions = {}): Promise<TestListener> {
  const { host = "127.0.0.1", port = 0, unix, tls, http2 = false, readStallSeconds = 120, connections = 1000 } = options
  const address: ListenAddress = unix === undefined ? { kind: "tcp", host, port } : { kind: "unix", path: unix }
  const log = createMemoryLogger()
  const listener = await createListener({
    address,
    tls,
    http2,
    limits: { readStallSeconds, connections },
    handler,
    log,
  })
  return {
    ...listener,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${listener.port}/`,
    log,
    [Symbol.asyncDispose]: () => listener.stop({ deadlineSeconds: 0 }),
  }
}

/** Options of TLS that leave all but the pair as it is. */
export function withDefaults(pair: Partial<TlsOptions> & Pick<TlsOptions, "certificatePath" | "keyPath">): TlsOptions {
  return {
    minimumVersion: "tls1.2",
    cipherSuites: [],
    clientAuthorityPaths: [],
    clientAuthentication: "require-and-verify-client-cert",
    ...pair,
  }
}

export interface RawConnection {
  write(text: string): void
  received(): string
  /** Seconds from the opening until the other side closed. */
  closed: Promise<number>
  end(): void
  pause(): void
}

export async function openRaw(port: number): Promise<RawConnection> {
  const start = performance.now()
  const { promise: closed, resolve } = Promise.withResolvers<number>()
  const decoder = new TextDecoder()
  let received = ""
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, bytes) => void (received += decoder.decode(bytes, { stream: true })),
      close: () => resolve((performance.now() - start) / 1000),
      error: () => resolve((performance.now() - start) / 1000),
    },
  })
  return {
    write: (text) => void socket.write(text),
    received: () => received,
    closed,
    end: () => socket.end(),
    pause: () => socket.pause(),
  }
}

export async function failureOf(started: Promise<unknown>): Promise<string> {
  const error: unknown = await started.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof Error ? error.message : "did not fail"
}

export async function waitUntil(isTrue: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 10) {
    if (waited > 10_000) throw new Error(`waited in vain until ${what}`)
    await Bun.sleep(10)
  }
}
