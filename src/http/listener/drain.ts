const POLL_MILLISECONDS = 20

/** Closes the servers to new connections at once, then ends them when they have answered, at the latest at the deadline. */
export async function drain(servers: Bun.Server<undefined>[], deadlineSeconds: number): Promise<void> {
  const deadline = performance.now() + deadlineSeconds * 1000
  for (const server of servers) void server.stop()
  while (hasRequests(servers) && performance.now() < deadline) await Bun.sleep(POLL_MILLISECONDS)
  // What is left after the requests are connections that are silent or in the middle of a header block.
  await Promise.all(servers.map((server) => server.stop(true)))
}

function hasRequests(servers: Bun.Server<undefined>[]): boolean {
  return servers.some((server) => server.pendingRequests > 0)
}
