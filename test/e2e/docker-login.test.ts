import { expect } from "bun:test"
import { noise } from "./support/content.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { dockerLogIn, startDockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { request } from "./support/registry-content.ts"
import { PASSWORD_TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile } from "./support/share-in-file.ts"

const test = requirePrograms("dockerd", "docker", "openssl", ROOT)
const engine = shareInFile(startDockerEngine)
for (const transport of PASSWORD_TRANSPORTS) {
  const registry = shareInFile(() => startRegistry(transport))

  test(`docker logs in with the right password, over ${transport}`, async () => {
    await dockerLogIn(await engine(), await registry())
  })

  test(`docker is refused with a wrong password, and for an unknown user, over ${transport}`, async () => {
    const [{ attempt }, { host, account }] = [await engine(), await registry()]
    for (const user of [account?.user ?? "", "mallory"]) {
      const login = await attempt(["login", "--username", user, "--password-stdin", host], "wrong")
      expect(login.exitCode).not.toBe(0)
      expect(login.stderr).toContain("401 Unauthorized")
    }
  })

  test(`docker without a log-in can neither pull nor push, over ${transport}`, async () => {
    const [e, r] = [await engine(), await registry()]
    const image = `${r.host}/team/private:1`
    const layers = [[{ path: "data/noise", content: noise(1000, 0) }]]
    await e.docker(["load", "--input", writeDockerArchive(e.directory, image, layers)])
    await e.attempt(["logout", r.host])
    // Of a loopback registry the engine reports what it got over plain HTTP, which it tries last: only the failure counts.
    expect((await e.attempt(["push", image])).exitCode).not.toBe(0)
    expect((await request(r, "/v2/team/private/manifests/1")).status).toBe(404)
    await dockerLogIn(e, r)
    await e.docker(["push", image])
    await e.docker(["logout", r.host])
    await e.docker(["rmi", image])
    expect((await e.attempt(["pull", image])).exitCode).not.toBe(0)
    await dockerLogIn(e, r)
    await e.docker(["pull", image])
  })
}
