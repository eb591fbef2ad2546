import { expect } from "bun:test"
import { join } from "node:path"
import { createBuildah, createPodman, createSkopeo, logIn, trust } from "./support/containers-tools.ts"
import { requirePrograms } from "./support/programs.ts"
import { PASSWORD_TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const scratch = shareScratch("containers-login")
const secured = shareInFile(() => startRegistry("TLS with a password"))
const TOOLS = { podman: createPodman, buildah: createBuildah, skopeo: createSkopeo }

for (const [name, create] of Object.entries(TOOLS)) {
  const test = requirePrograms(name, "openssl")
  const tool = create(join(scratch, name))

  for (const transport of PASSWORD_TRANSPORTS) {
    const registry = shareInFile(() => startRegistry(transport))

    test(`${name} logs in with the right password, over ${transport}`, async () => {
      const r = await registry()
      await logIn(tool, r)
      expect(await tool.run(["login", "--get-login", r.host])).toBe(`${r.account?.user}\n`)
    })

    test(`${name} is refused with a wrong password, over ${transport}`, async () => {
      const r = await registry()
      const wrong = ["login", ...trust(r), "-u", r.account?.user ?? "", "--password-stdin", r.host]
      const login = await tool.attempt(wrong, "wrong")
      expect(login.exitCode).not.toBe(0)
      expect(login.stderr).toContain("invalid username/password")
    })
  }

  test(`${name} does not talk to a registry whose certificate it has no reason to trust`, async () => {
    const r = await secured()
    const login = await tool.attempt(["login", "-u", "alice", "--password-stdin", r.host], r.account?.password)
    expect(login.stderr).toContain("certificate signed by unknown authority")
  })
}
