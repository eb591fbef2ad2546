import { expect } from "bun:test"
import { join } from "node:path"
import { startContainerd } from "./support/containerd.ts"
import { createPodman, createSkopeo, logIn, trust, type ContainersTool } from "./support/containers-tools.ts"
import { createCrane } from "./support/go-clients.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"
import { startTokenRegistry, type TokenRegistry } from "./support/token-registry.ts"

const scratch = shareScratch("tokens")
const { layout } = createSampleImages(join(scratch, "images"))
const source = `oci:${layout.path}:app`
const registry = shareInFile(startTokenRegistry)
const containerd = shareInFile(startContainerd)
const skopeo = createSkopeo(join(scratch, "skopeo"))

const skopeoTest = requirePrograms("skopeo")
const podmanTest = requirePrograms("podman", "skopeo", ROOT)
const ctrTest = requirePrograms("containerd", "ctr", "skopeo", ROOT)
const craneTest = requirePrograms("crane")

async function copy(tool: ContainersTool, r: TokenRegistry, from: string, to: string): Promise<void> {
  await tool.run(["copy", ...trust(r, "src-"), ...trust(r, "dest-"), from, to])
}

function asReader(r: TokenRegistry): TokenRegistry {
  return { ...r, account: r.reader }
}

skopeoTest("skopeo pushes, mounts, lists and deletes with tokens", async () => {
  const r = await registry()
  const remote = (name: string) => `docker://${r.host}/${name}`
  await logIn(skopeo, r)
  await copy(skopeo, r, source, remote("team/app:1"))
  const before = r.tokens.log.length
  await copy(skopeo, r, remote("team/app:1"), remote("other/app:1"))
  expect(r.tokens.log.slice(before).join("\n")).toMatch(/repository:other\/app:pull,push repository:team\/app:pull/)
  expect(await skopeo.run(["list-tags", ...trust(r), remote("other/app")])).toContain('"1"')
  await skopeo.run(["delete", ...trust(r), remote("other/app:1")])
  const gone = await skopeo.attempt(["inspect", ...trust(r), remote("other/app:1")])
  expect(gone.stderr).toContain("manifest unknown")
})

skopeoTest("skopeo is told that a push is denied when the user may only pull", async () => {
  const r = await registry()
  await logIn(skopeo, r)
  await copy(skopeo, r, source, `docker://${r.host}/team/app:1`)
  const reader = createSkopeo(join(scratch, "reader"))
  await logIn(reader, asReader(r))
  await copy(reader, r, `docker://${r.host}/team/app:1`, `dir:${join(scratch, "pulled")}`)
  const push = await reader.attempt(["copy", ...trust(r, "dest-"), source, `docker://${r.host}/team/app:2`])
  expect(push.stderr).toContain("denied: requested access to the resource is denied")
})

podmanTest("podman logs in at the token server, pulls, and finds by name", async () => {
  const r = await registry()
  await logIn(skopeo, r)
  await copy(skopeo, r, source, `docker://${r.host}/team/podman:1`)
  const podman = createPodman(join(scratch, "podman"))
  const wrong = ["login", ...trust(r), "-u", "alice", "--password-stdin", r.host]
  expect((await podman.attempt(wrong, "wrong")).stderr).toContain("invalid username/password")
  await logIn(podman, r)
  await podman.run(["pull", "--quiet", ...trust(r), `${r.host}/team/podman:1`])
  expect(await podman.run(["search", ...trust(r), `${r.host}/podman`])).toContain("team/podman")
})

ctrTest("ctr pulls and pushes with tokens that it asks for by OAuth2", async () => {
  const [{ ctr }, r] = [await containerd(), await registry()]
  await logIn(skopeo, r)
  await copy(skopeo, r, source, `docker://${r.host}/team/ctr:1`)
  const [image, second] = [`${r.host}/team/ctr:1`, `${r.host}/other/ctr:1`]
  const as = ({ account }: TokenRegistry) => ["--plain-http", "--user", `${account.user}:${account.password}`]
  await ctr(["images", "pull", ...as(r), image])
  await ctr(["images", "push", ...as(r), second, image])
  expect(r.tokens.log.filter((line) => line.startsWith("POST alice repository:other/ctr")).length).toBeGreaterThan(0)
  await ctr(["images", "rm", "--sync", image])
  await ctr(["images", "pull", ...as(asReader(r)), image])
  const push = ctr(["images", "push", ...as(asReader(r)), second, image])
  expect(await push.catch(String)).toContain("insufficient_scope: authorization failed")
})

craneTest("crane pushes, copies, lists and deletes with tokens", async () => {
  const r = await registry()
  const home = join(scratch, "crane")
  const crane = await createCrane(home, r)
  await crane.run(["push", "--index", layout.path, `${r.host}/team/crane:1`])
  await crane.run(["copy", `${r.host}/team/crane:1`, `${r.host}/other/crane:2`])
  const back = join(home, "back")
  await crane.run(["pull", "--format", "oci", `${r.host}/other/crane:2`, back])
  expect(listLayoutBlobs(back).length).toBeGreaterThan(3)
  expect(await crane.run(["catalog", r.host])).toContain("other/crane\n")
  expect(await crane.run(["ls", `${r.host}/other/crane`])).toBe("2\n")
  const digest = (await crane.run(["digest", `${r.host}/other/crane:2`])).trim()
  await crane.run(["delete", `${r.host}/other/crane@${digest}`])
  const reader = await createCrane(join(scratch, "crane-reader"), asReader(r))
  const push = await reader.attempt(["push", "--index", layout.path, `${r.host}/team/crane:2`])
  expect(push.stderr).toContain("UNAUTHORIZED")
  expect((await reader.attempt(["catalog", r.host])).stderr).toContain("UNAUTHORIZED")
})
