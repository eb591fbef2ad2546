const POLL_MILLISECONDS = 20

interface DrainOptions {
  deadlineSeconds: number
  /** Whether HTTP/2 is served: the end of a request is then known before its last bytes are out. */
  http2: boolean
}

/** Closes the servers to new connections at once, then ends them when they have answered, at the latest at the deadline. */
export async function drain(servers: Bun.Server<undefined>[], { deadlineSeconds, http2 }: DrainOptions): Promise<void> {
  const deadline = performance.now() + deadlineSeconds * 1000
  const stopped = Promise.all(servers.map((server) => server.stop()))
  while (hasRequests(servers) && performance.now() < deadline) await Bun.sleep(POLL_MILLISECONDS)
  if (http2) await Promise.race([stopped, Bun.sleep(Math.max(0, deadline - performance.now()))])
  // What is left after the requests are connections that are silent or in the middle of a header block.
  await Promise.all(servers.map((server) => server.stop(true)))
}

function hasRequests(servers: Bun.Server<undefined>[]): boolean {
  return servers.some((server) => server.pendingRequests > 0)
}
