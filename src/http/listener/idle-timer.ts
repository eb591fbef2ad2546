/** Turns the runtime's timer of a connection off while a request with a body is at work on it. */
export interface IdleTimer {
  /** Gives what is to be called when there is an answer to send. */
  hold(request: Request, server: Bun.Server<undefined>): () => void
}

/**
 * The timer knows nothing of a handler at work, and counts a body slower than 16 KiB/s as idle. Over HTTP/2 it belongs to
 * the connection, which has several requests: there it stays off until the last one with a body is answered.
 */
export function createIdleTimer(seconds: number, hasStreams: boolean): IdleTimer {
  const atWork = new Map<string, number>()

  function holdOne(request: Request, server: Bun.Server<undefined>): () => void {
    server.timeout(request, 0)
    return () => server.timeout(request, seconds)
  }

  function holdShared(request: Request, server: Bun.Server<undefined>): () => void {
    const peer = server.requestIP(request)
    // Gone already.
    if (peer === null) return () => undefined
    const connection = `${peer.address} ${peer.port}`
    atWork.set(connection, (atWork.get(connection) ?? 0) + 1)
    server.timeout(request, 0)
    return () => {
      const left = (atWork.get(connection) ?? 1) - 1
      if (left > 0) {
        atWork.set(connection, left)
      } else {
        atWork.delete(connection)
        server.timeout(request, seconds)
      }
    }
  }

  return { hold: hasStreams ? holdShared : holdOne }
}
