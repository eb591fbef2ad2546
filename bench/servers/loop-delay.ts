/** Gives how late the server's event loop was, p99 since this was last asked; in ms. */
export async function readLoopDelayMs(debugPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${debugPort}/metrics`)).text()
  const seconds = /^berth_event_loop_delay_seconds\{quantile="0.99"\} (\S+)$/m.exec(text)?.[1]
  if (seconds === undefined) throw new Error("the server does not tell how late its event loop is")
  return Number(seconds) * 1000
}
