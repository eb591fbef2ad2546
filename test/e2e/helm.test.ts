import { expect } from "bun:test"
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "./support/content.ts"
import { createHelm, helmTrust } from "./support/go-clients.ts"
import { requirePrograms } from "./support/programs.ts"
import { TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("helm", "openssl")

for (const transport of TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))
  const home = shareScratch("helm")

  test(`helm pulls back, byte for byte, the chart it pushed, and shows it, over ${transport}`, async () => {
    const r = await registry()
    const helm = await createHelm(home, r)
    await helm.run(["create", "web"])
    await helm.run(["package", "web"])
    const pushed = await helm.attempt(["push", "web-0.1.0.tgz", `oci://${r.host}/charts`, ...helmTrust(r)])
    expect(pushed.stderr).toMatch(/Digest: sha256:\w{64}/)
    mkdirSync(join(home, "back"))
    const chart = [`oci://${r.host}/charts/web`, "--version", "0.1.0", ...helmTrust(r)]
    await helm.run(["pull", ...chart, "--destination", join(home, "back")])
    const read = (path: string) => sha256(readFileSync(join(home, path)))
    expect(read("back/web-0.1.0.tgz")).toBe(read("web-0.1.0.tgz"))
    expect(await helm.run(["show", "chart", ...chart])).toContain("name: web")
  })
}

const registry = shareInFile(() => startRegistry("TLS with a password"))
const home = shareScratch("helm-login")

test("helm is refused with a wrong password", async () => {
  const r = await registry()
  const wrong = createHelm(home, { ...r, account: { user: "alice", password: "wrong" } })
  expect(await wrong.catch(String)).toContain("401")
})
