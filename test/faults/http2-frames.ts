// HTTP/2 by hand: what a well-behaved library would not send.

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
}
export const END_STREAM = 1
const END_HEADERS = 4
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
const HEADER_BYTES = 9

interface Frame {
  type: number
  flags?: number
  stream?: number
  payload?: Uint8Array
}

export interface Received {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

export interface RawConnection extends Disposable {
  /** Resolves when all has been handed to the kernel, or the other side has closed. */
  write(...frames: Uint8Array[]): Promise<void>
  /** Frames so far; none are added while `pause` is in force. */
  received: Received[]
  pause(): void
  resume(): void
  isClosed(): boolean
}

/** RFC 9113, section 4.1. */
export function frame({ type, flags = 0, stream = 0, payload = new Uint8Array(0) }: Frame): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUIntBE(payload.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, payload])
}

/** The frame that begins a request; without `END_STREAM` among the flags a body follows. */
export function request(stream: number, line: string, flags = END_STREAM): Buffer {
  const [method = "", path = ""] = line.split(" ")
  const fields = { ":method": method, ":scheme": "http", ":path": path, ":authority": "localhost" }
  const payload = Buffer.concat(Object.entries(fields).map(([name, value]) => field(name, value)))
  return frame({ type: FRAME.headers, flags: END_HEADERS | flags, stream, payload })
}

/** A field without an index (RFC 7541, section 6.2.2). */
export function field(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128)
  return Buffer.concat([Buffer.of(...length, rest), bytes])
}

export function reset(stream: number): Buffer {
  return frame({ type: FRAME.reset, stream, payload: Buffer.of(0, 0, 0, 8) })
}

export function data(stream: number, payload: Uint8Array, flags = 0): Buffer {
  return frame({ type: FRAME.data, stream, payload, flags })
}

/** Sets how many bytes of an answer may be on their way on each stream. */
export function setWindow(bytes: number): Buffer {
  const payload = Buffer.alloc(6)
  payload.writeUInt16BE(4, 0)
  payload.writeUInt32BE(bytes, 2)
  return frame({ type: FRAME.settings, payload })
}

export async function openConnection(port: number): Promise<RawConnection> {
  const received: Received[] = []
  let isClosed = false
  let rest = Buffer.alloc(0)
  let goOn = () => {}
  const close = () => {
    isClosed = true
    goOn()
  }
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, bytes) => {
        rest = Buffer.concat([rest, bytes])
        while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUIntBE(0, 3)) {
          const end = HEADER_BYTES + rest.readUIntBE(0, 3)
          const payload = rest.subarray(HEADER_BYTES, end)
          received.push({ type: rest.readUInt8(3), flags: rest.readUInt8(4), stream: rest.readUInt32BE(5), payload })
          rest = rest.subarray(end)
        }
      },
      drain: () => goOn(),
      close,
      error: close,
    },
  })

  async function write(...frames: Uint8Array[]): Promise<void> {
    let bytes: Uint8Array = Buffer.concat(frames)
    while (bytes.length > 0) {
      if (isClosed) return
      const { promise, resolve } = Promise.withResolvers<void>()
      goOn = resolve
      const count = socket.write(bytes)
      if (count < 0) return
      bytes = bytes.subarray(count)
      // A side that takes nothing for a second will take nothing: what it does then is looked at by the test.
      if (bytes.length > 0) await Promise.race([promise, Bun.sleep(1000)])
    }
  }

  await write(Buffer.from(PREFACE), frame({ type: FRAME.settings }))
  return {
    write,
    received,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    isClosed: () => isClosed,
    [Symbol.dispose]: () => void socket.end(),
  }
}
