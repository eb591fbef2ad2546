import { RegistryError } from "../../domain/errors.ts"

export interface MinimumRate {
  /** Over this time at least `bytesPerSecond` must come on average. */
  stallSeconds: number
  bytesPerSecond?: number
  /** Ends the reading as a cut connection does. */
  signal?: AbortSignal | undefined
}

const LOOKS_PER_WINDOW = 4

/**
 * The chunks of a request's body. Throws UPLOAD_INTERRUPTED when the connection is cut, or when the client sends too
 * slowly; the time in which the reader of the chunks is at work with one does not count against the client. Written as
 * an iterator by hand: a generator would cost every chunk two more turns of the microtask queue.
 */
export function withMinimumRate(body: ReadableStream<Uint8Array>, options: MinimumRate): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => iterate(body, options) }
}

function iterate(
  body: ReadableStream<Uint8Array>,
  { stallSeconds, bytesPerSecond = 1024, signal }: MinimumRate,
): AsyncIterator<Uint8Array, undefined> {
  const reader = body.getReader()
  let failure: RegistryError | undefined
  const watch = watchRate({ stallSeconds, bytesPerSecond, onStall: () => giveUp("the client sends too slowly") })
  const abort = () => giveUp("the upload was ended")
  signal?.addEventListener("abort", abort, { once: true })
  if (signal?.aborted === true) abort()

  // Cancelling ends a read that is waiting; racing each read with a promise of the timer would keep every one alive.
  function giveUp(why: string): void {
    failure ??= interrupted(why)
    void reader.cancel(failure).catch(() => undefined)
  }

  function stop(): void {
    watch.stop()
    signal?.removeEventListener("abort", abort)
    reader.releaseLock()
  }

  return {
    next: async () => {
      watch.begin()
      try {
        const { value } = await reader.read()
        watch.end(value?.byteLength ?? 0)
        if (failure !== undefined) throw failure
        if (value !== undefined) return { done: false, value }
      } catch (error) {
        stop()
        throw failure ?? interrupted("the connection was closed before the end of the body", error)
      }
      stop()
      return { done: true, value: undefined }
    },
    return: () => {
      stop()
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}

interface RateWatch {
  begin(): void
  end(bytes: number): void
  stop(): void
}

/** Looks a few times in each window, instead of at every chunk, whether enough has come while somebody waited for it. */
function watchRate(options: { stallSeconds: number; bytesPerSecond: number; onStall: () => void }): RateWatch {
  const wanted = options.stallSeconds * options.bytesPerSecond
  const received: number[] = []
  let bytes = 0
  let isWaiting = false

  function look(): void {
    if (!isWaiting) {
      received.length = 0
    } else {
      received.push(bytes)
      if (received.length > LOOKS_PER_WINDOW) received.shift()
      if (received.length === LOOKS_PER_WINDOW && sum(received) < wanted) options.onStall()
    }
    bytes = 0
  }

  const timer = setInterval(look, (options.stallSeconds * 1000) / LOOKS_PER_WINDOW)
  return {
    begin: () => {
      isWaiting = true
    },
    end: (count) => {
      isWaiting = false
      bytes += count
    },
    stop: () => clearInterval(timer),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function interrupted(why: string, cause?: unknown): RegistryError {
  return new RegistryError("UPLOAD_INTERRUPTED", `${why}: the upload can be resumed`, { cause })
}
