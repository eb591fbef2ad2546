import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { type Certificates, createCertificates } from "./certificates.ts"
import { commandEnvironment } from "./command.ts"

/** An authority of its own, which speaks ACME as Let's Encrypt does and trusts nobody's word. */
export interface Pebble extends AsyncDisposable {
  directoryUrl: string
  /** Who signed what it itself is reached by; not who signs certificates. */
  certificates: Certificates
  /** Where it asks for challenges on this machine, instead of port 80. */
  challengePort: number
  /** The certificate of the root that it signs with. */
  fetchRoot(): Promise<string>
  /** How many orders it was given. */
  countOrders(): number
}

const LONGEST_START_MS = 20_000

export async function startPebble({ validitySeconds }: { validitySeconds: number }): Promise<Pebble> {
  const scratch = createScratch("berth-pebble")
  const certificates = await createCertificates(scratch.path)
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort(), findFreePort()])
  const [port, managementPort, challengePort, tlsPort] = ports
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: certificates.certificate,
    privateKey: certificates.key,
    httpPort: challengePort,
    tlsPort,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    profiles: { default: { description: "all", validityPeriod: validitySeconds } },
  }
  const file = join(scratch.path, "pebble.json")
  writeFileSync(file, JSON.stringify({ pebble }))
  const child = Bun.spawn(["pebble", "-config", file], {
    env: commandEnvironment({ PEBBLE_VA_NOSLEEP: "1" }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  })
  let output = ""
  const drained = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text
  })()
  const ask = (url: string) => fetch(url, { tls: { rejectUnauthorized: false } })
  const directoryUrl = `https://localhost:${port}/dir`
  for (const giveUpAt = Date.now() + LONGEST_START_MS; ; await Bun.sleep(50)) {
    if ((await ask(directoryUrl).catch(() => undefined))?.ok === true) break
    if (Date.now() > giveUpAt || child.exitCode !== null) throw new Error(`pebble did not start:\n${output}`)
  }
  return {
    directoryUrl,
    certificates,
    challengePort,
    fetchRoot: async () => (await ask(`https://localhost:${managementPort}/roots/0`)).text(),
    countOrders: () => output.split("/order-plz").length - 1,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child.exited
      await drained
      scratch[Symbol.dispose]()
    },
  }
}
