export interface LineWriter {
  add(line: string): void
  flush(): void
}

const LONGEST_BACKLOG = 2 ** 20
const RETRY_MILLISECONDS = 50

/**
 * Gathers the lines of one turn of the event loop for one call of `write`. While the reader of a pipe does not keep up
 * (EAGAIN), lines are kept up to 1 MiB, and beyond that dropped and counted: logging never stops the server.
 */
export function createLineWriter(write: (bytes: Uint8Array) => number): LineWriter {
  let backlog = ""
  // The rest of what a pipe took in part: it may begin in the middle of a character.
  let unsent: Uint8Array = new Uint8Array()
  let dropped = 0
  let isScheduled = false

  function add(line: string): void {
    if (backlog.length > LONGEST_BACKLOG) dropped++
    else backlog += `${line}\n`
    if (isScheduled) return
    isScheduled = true
    setImmediate(flush)
  }

  function flush(): void {
    isScheduled = false
    try {
      while (unsent.byteLength > 0 || backlog !== "") {
        if (unsent.byteLength === 0) takeBacklog()
        unsent = unsent.subarray(write(unsent))
      }
    } catch (error) {
      if (isWouldBlock(error)) retryLater()
      else unsent = new Uint8Array()
    }
  }

  function takeBacklog(): void {
    const note = dropped > 0 ? `${dropped} lines of the log were dropped: its reader did not keep up\n` : ""
    unsent = Buffer.from(backlog + note)
    backlog = ""
    dropped = 0
  }

  function retryLater(): void {
    if (isScheduled) return
    isScheduled = true
    setTimeout(flush, RETRY_MILLISECONDS).unref()
  }

  return { add, flush }
}

function isWouldBlock(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN"
}
