import { expect } from "bun:test"
import { createPodman, logIn, trust } from "./support/containers-tools.ts"
import { dockerLogIn, startDockerEngine } from "./support/docker-engine.ts"
import { noise, sha256 } from "./support/content.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { request } from "./support/registry-content.ts"
import { type Registry, TRANSPORTS, startRegistry } from "./support/registry.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const dockerTest = requirePrograms("dockerd", "docker", "openssl", ROOT)
const podmanTest = requirePrograms("podman", "openssl", ROOT)
const engine = shareInFile(startDockerEngine)

for (const transport of TRANSPORTS) {
  const registry = shareInFile(async () => {
    const started = await startRegistry(transport)
    for (const name of ["team/app", "team/apple", "other/pear"]) await putArtifact(started, name)
    return started
  })

  const directory = shareScratch("podman")

  dockerTest(`docker search finds repositories by a part of their name over ${transport}`, async () => {
    const [e, r] = [await engine(), await registry()]
    await dockerLogIn(e, r)
    const search = (term: string) => e.docker(["search", "--format", "{{.Name}}", `${r.host}/${term}`])
    expect((await search("app")).trim().split("\n").toSorted()).toEqual(["team/app", "team/apple"])
    expect(await search("other/pear")).toBe("other/pear\n")
    expect(await search("plum")).toBe("")
  })

  podmanTest(
    `podman search finds repositories by a part of their name, and lists tags, over ${transport}`,
    async () => {
      const r = await registry()
      // podman search knows no --cert-dir.
      const authority = r.certificates?.authority
      const podman = createPodman(directory, authority === undefined ? {} : { SSL_CERT_FILE: authority })
      await logIn(podman, r)
      const search = ["search", ...(authority === undefined ? trust(r) : [])]
      const names = (await podman.run([...search, "--format", "{{.Name}}", `${r.host}/app`])).trim().split("\n")
      expect(names.toSorted()).toEqual([`${r.host}/team/app`, `${r.host}/team/apple`])
      const tags = await podman.run([...search, "--list-tags", `${r.host}/team/app`])
      expect(tags).toMatch(/team\/app +latest/)
    },
  )
}

async function putArtifact(registry: Registry, repository: string): Promise<void> {
  const config = noise(100, 1)
  const digest = sha256(config)
  const opened = await request(registry, `/v2/${repository}/blobs/uploads/`, { method: "POST" })
  const location = new URL(opened.headers.get("Location") ?? "", registry.url)
  location.searchParams.set("digest", digest)
  await request(registry, `${location.pathname}${location.search}`, { method: "PUT", body: new Uint8Array(config) })
  const manifest = {
    schemaVersion: 2,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: config.length },
    layers: [],
  }
  const type = "application/vnd.oci.image.manifest.v1+json"
  const options = { method: "PUT", headers: { "Content-Type": type }, body: JSON.stringify(manifest) }
  const answer = await request(registry, `/v2/${repository}/manifests/latest`, options)
  if (answer.status !== 201) throw new Error(`PUT manifest: ${answer.status} ${await answer.text()}`)
}
