import { expect } from "bun:test"
import { chmodSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../../support/berth.ts"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { createRegistry, expectError } from "../client.ts"
import { launchRefused } from "../launch.ts"
import { pushImage } from "../push.ts"
import type { BadInput } from "./row.ts"

/** Writes a certificate and its key, which everybody may read. */
async function writeCertificate(directory: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [join(directory, "cert.pem"), join(directory, "key.pem")]
  const files = ["-keyout", key, "-out", certificate]
  await Bun.$`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost ${files}`.quiet()
  chmodSync(key, 0o644)
  return { certificate, key }
}

async function outputWith(http: object, config: Record<string, unknown> = {}): Promise<string> {
  const port = await findFreePort()
  await using berth = await startBerth({ port, config: { http: { addr: `127.0.0.1:${port}`, ...http }, ...config } })
  return berth.output()
}

async function expectRefused(config: Record<string, unknown>, key: string): Promise<void> {
  const { code, output } = await launchRefused(config)
  expect(code).not.toBe(0)
  expect(output).toContain(key)
  expect(output).not.toContain("    at ")
}

export const config: BadInput[] = [
  {
    id: "B79",
    input: "DELETE where deletes are disabled",
    check: async () => {
      for (const storage of [{ delete: { enabled: false } }, {}]) {
        await using berth = await startBerth({ config: { storage: { inmemory: {}, ...storage } } })
        const registry = createRegistry(berth.url)
        const image = await pushImage(registry, "kept", { tag: "v1" })
        for (const path of ["manifests/v1", `manifests/${image.digest}`, `blobs/${image.manifest.config.digest}`]) {
          await expectError(await registry.send("DELETE", `/v2/kept/${path}`), 405, "UNSUPPORTED")
          expect((await registry.send("HEAD", `/v2/kept/${path}`)).status).toBe(200)
        }
      }
    },
  },
  {
    id: "B100",
    needs: "openssl",
    input: "configurations that are misspelt, weak, or cannot be honoured",
    check: async () => {
      const misspelt = await outputWith({ relativeurl: true })
      expect(misspelt).toContain("http.relativeurl")
      expect(misspelt).toContain("relativeurls")
      expect(await outputWith({ secret: "changeme" })).toContain("http.secret")

      using scratch = createScratch("berth-tls")
      const tls = await writeCertificate(scratch.path)
      expect(await outputWith({ tls })).toContain(tls.key)

      await expectRefused({ limits: { stal: "60s" } }, "limits.stal")
      const http = { addr: "127.0.0.1:0" }
      await expectRefused({ http: { ...http, tls: { ...tls, clientauth: "nonsense" } } }, "http.tls.clientauth")
      await expectRefused({ http: { ...http, tls: { ...tls, minimumtls: "tls1.9" } } }, "http.tls.minimumtls")
      const token = {
        realm: "https://auth.example/token",
        service: "registry",
        issuer: "auth",
        rootcertbundle: "/none",
      }
      await expectRefused({ auth: { token } }, "auth.token")
    },
  },
]
