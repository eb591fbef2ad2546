import { connect, type Socket } from "node:net"
import type { Random } from "../random.ts"
import { sleepUnless } from "./sleep.ts"

/** Clients that nobody would invite, beside those that work. */
export interface Hostile {
  /** Connections that were used up. */
  count(): number
  /** Ends them all. */
  stop(): Promise<void>
}

type Kind = "slow reader" | "slow writer" | "stalled body" | "slow header" | "cut"

/** Beside a run of hours. */
export const SOME: Record<Kind, number> = {
  "slow reader": 20,
  "slow writer": 20,
  "stalled body": 10,
  "slow header": 5,
  cut: 2,
}

const BODY_BYTES = 1_000_000
const BYTES_PER_SECOND = 1024

interface Target {
  url: string
  /** The path of a blob that takes long at 1 KiB/s. */
  large: string
  repository: string
  howMany: Record<Kind, number>
}

/** Begins them; each goes on with a new connection when the server has had enough of it, or is away. */
export function startHostile(target: Target, random: Random): Hostile {
  const ending = new AbortController()
  let count = 0
  const run = async (kind: Kind, drawn: Random) => {
    while (!ending.signal.aborted) {
      await useConnection(kind, target, { random: drawn, signal: ending.signal })
      count++
      await sleepUnless(ending.signal, 1000)
    }
  }
  const all = (Object.keys(target.howMany) as Kind[]).flatMap((kind) =>
    Array.from({ length: target.howMany[kind] }, (_, at) => run(kind, random.fork(`${kind} ${at}`))),
  )
  return {
    count: () => count,
    stop: async () => {
      ending.abort()
      await Promise.all(all)
    },
  }
}

interface Life {
  random: Random
  signal: AbortSignal
}

/** Returns when the connection is closed, by whomever. */
async function useConnection(kind: Kind, target: Target, life: Life): Promise<void> {
  const location = kind === "slow reader" || kind === "slow header" ? target.large : await openUpload(target)
  if (location === undefined) return
  const { hostname, port } = new URL(target.url)
  const socket = connect(Number(port), hostname)
  const timers = new Set<Timer>()
  const every = (ms: number, act: () => void) => void timers.add(setInterval(act, ms))
  const onAbort = () => socket.destroy()
  life.signal.addEventListener("abort", onAbort)
  if (life.signal.aborted) socket.destroy()
  await new Promise<void>((resolve) => {
    socket.on("error", () => {})
    socket.once("close", () => resolve())
    socket.once("connect", () => behave(kind, { socket, location, every, random: life.random }))
  })
  for (const timer of timers) clearInterval(timer)
  life.signal.removeEventListener("abort", onAbort)
}

interface Behaviour {
  socket: Socket
  location: string
  every: (ms: number, act: () => void) => void
  random: Random
}

function behave(kind: Kind, { socket, location, every, random }: Behaviour): void {
  const patch = `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`
  if (kind === "slow reader") {
    socket.on("data", (bytes) => {
      socket.pause()
      setTimeout(() => socket.resume(), (bytes.length / BYTES_PER_SECOND) * 1000).unref()
    })
    socket.write(`GET ${location} HTTP/1.1\r\nHost: x\r\n\r\n`)
    return
  }
  socket.resume()
  if (kind === "slow header") {
    const header = `GET ${location} HTTP/1.1\r\nHost: x\r\nX-Slow: ${"y".repeat(4096)}`
    let sent = 0
    every(1000, () => socket.write(header.charAt(sent++)))
    return
  }
  socket.write(patch)
  if (kind === "slow writer") every(1000, () => socket.write(new Uint8Array(BYTES_PER_SECOND)))
  else {
    const part = new Uint8Array(random.between(1, 100_000))
    socket.write(part, () => (kind === "cut" ? socket.resetAndDestroy() : undefined))
  }
}

async function openUpload({ url, repository }: Target): Promise<string | undefined> {
  const answer = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST" }).catch(() => undefined)
  await answer?.body?.cancel()
  return answer?.headers.get("Location") ?? undefined
}
