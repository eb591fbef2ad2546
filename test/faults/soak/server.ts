import { join } from "node:path"
import { startBerth, type Berth } from "../../support/berth.ts"
import { findFreePort } from "../../support/free-port.ts"

export interface SoakServer {
  berth: Berth
  metricsUrl: string
}

export interface Collection {
  graceSeconds: number
  sweepDelaySeconds: number
  intervalSeconds: number
}

/** The shortest times that there are: what is garbage goes at once. */
export const NO_GRACE: Collection = { graceSeconds: 1, sweepDelaySeconds: 1, intervalSeconds: 1 }

/** Gives what starts the server, each time on the same ports and the same data below the directory. */
export async function createSoakStart(directory: string): Promise<(collection: Collection) => Promise<SoakServer>> {
  const [port, debugPort] = [await findFreePort(), await findFreePort()]
  const root = join(directory, "data")
  const config = {
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: root },
      delete: { enabled: true },
      // What hostile clients leave behind counts against a limit of each address.
      maintenance: { uploadpurging: { enabled: true, age: "2m", interval: "30s", dryrun: false } },
    },
    // All clients have one address here, and a hurried run leaves more than a thousand in two minutes.
    limits: { uploads: 20_000 },
    http: {
      addr: `127.0.0.1:${port}`,
      // Slow readers would be waited for as long as this.
      draintimeout: "2s",
      debug: { addr: `127.0.0.1:${debugPort}`, prometheus: { enabled: true } },
    },
  }
  return async (collection) => {
    const env = {
      REGISTRY_GC_GRACE: `${collection.graceSeconds}s`,
      REGISTRY_GC_SWEEPDELAY: `${collection.sweepDelaySeconds}s`,
      REGISTRY_GC_INTERVAL: `${collection.intervalSeconds}s`,
    }
    const berth = await startBerth({ root, port, config, env })
    await waitForOperator(root)
    return { berth, metricsUrl: `http://127.0.0.1:${debugPort}/metrics` }
  }
}

/** The socket of the operator comes after the port of the clients. */
async function waitForOperator(root: string): Promise<void> {
  const options = { unix: join(root, "berth", "control.sock"), signal: AbortSignal.timeout(30_000) }
  while (!(await fetch("http://berth/api/v1/jobs", options).catch(() => undefined))?.ok) {
    options.signal.throwIfAborted()
    await Bun.sleep(20)
  }
}
