import { createServer } from "node:net"

/** Gives a TCP port of 127.0.0.1 that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      if (address === null || typeof address === "string") throw new Error("the probe has no TCP address")
      probe.close(() => resolve(address.port))
    })
  })
}
