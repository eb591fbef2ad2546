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
export function createLineWriter(write: (text: string) => number): LineWriter {
  let backlog = ""
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
    if (dropped > 0 && backlog.length <= LONGEST_BACKLOG) {
      backlog += `${dropped} lines of the log were dropped: its reader did not keep up\n`
      dropped = 0
    }
    try {
      while (backlog !== "") backlog = dropBytes(backlog, write(backlog))
    } catch (error) {
      if (!isWouldBlock(error)) backlog = ""
      else if (!isScheduled) retryLater()
    }
  }

  function retryLater(): void {
    isScheduled = true
    setTimeout(flush, RETRY_MILLISECONDS).unref()
  }

  return { add, flush }
}

/** The text without its first bytes, when `write` has taken only a part. */
function dropBytes(text: string, written: number): string {
  const size = Buffer.byteLength(text)
  return written >= size ? "" : Buffer.from(text).subarray(written).toString()
}

function isWouldBlock(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN"
}
