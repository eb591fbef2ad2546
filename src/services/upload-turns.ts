/** Sees to it that one upload is worked on by one request at a time. */
export interface UploadTurns {
  /**
   * Runs the work when the present holder is done. A newer request is the client's second try over a new connection, so
   * the present holder's `signal` is aborted: it keeps what it has received and ends.
   */
  take<T>(uploadId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  isTaken(uploadId: string): boolean
}

interface Turn {
  done: Promise<void>
  controller: AbortController
}

export function createUploadTurns(): UploadTurns {
  const turns = new Map<string, Turn>()
  return {
    take: (uploadId, work) => {
      const previous = turns.get(uploadId)
      previous?.controller.abort()
      const controller = new AbortController()
      const running = (previous?.done ?? Promise.resolve()).then(() => work(controller.signal))
      const turn = { controller, done: running.then(ignore, ignore) }
      turns.set(uploadId, turn)
      void turn.done.then(() => turns.get(uploadId) === turn && turns.delete(uploadId))
      return running
    },
    isTaken: (uploadId) => turns.has(uploadId),
  }
}

function ignore(): void {}
