import { expect } from "bun:test"
import { noise } from "./support/content.ts"
import { writeDockerArchive } from "./support/docker-archive.ts"
import { dockerLogIn, startDockerEngine, type DockerEngine } from "./support/docker-engine.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"
import { startTokenRegistry, type TokenRegistry } from "./support/token-registry.ts"

const test = requirePrograms("dockerd", "docker", ROOT)
const engine = shareInFile(startDockerEngine)
const registry = shareInFile(startTokenRegistry)

async function pushImage(e: DockerEngine, image: string): Promise<void> {
  const layers = [[{ path: "data/noise", content: noise(200_000, 7) }]]
  await e.docker(["load", "--input", writeDockerArchive(e.directory, image, layers)])
  await e.docker(["push", image])
}

function asReader(r: TokenRegistry): TokenRegistry {
  return { ...r, account: r.reader }
}

test("docker logs in at the token server, and is refused there with a wrong password", async () => {
  const [e, r] = [await engine(), await registry()]
  const login = await e.attempt(["login", "--username", "alice", "--password-stdin", r.host], "wrong")
  expect(login.exitCode).not.toBe(0)
  expect(login.stderr).toContain("unauthorized: incorrect username or password")
  await dockerLogIn(e, r)
})

test("docker pushes, mounts, and pulls back what it pushed", async () => {
  const [e, r] = [await engine(), await registry()]
  await dockerLogIn(e, r)
  const [image, second] = [`${r.host}/team/app:1`, `${r.host}/other/app:1`]
  await pushImage(e, image)
  await e.docker(["tag", image, second])
  expect(await e.docker(["push", second])).toContain("Mounted from team/app")
  expect(r.tokens.log).toContainEqual(expect.stringContaining("repository:team/app:pull"))
  // With the token that the log-in left, which docker trades for others by OAuth2.
  expect(r.tokens.log.filter((line) => line.startsWith("POST alice")).length).toBeGreaterThan(0)
  await e.docker(["rmi", image, second])
  await e.docker(["pull", second])
})

test("docker is told that a push is denied when the user may only pull", async () => {
  const [e, r] = [await engine(), await registry()]
  await dockerLogIn(e, r)
  await pushImage(e, `${r.host}/team/read:1`)
  await dockerLogIn(e, asReader(r))
  await e.docker(["rmi", `${r.host}/team/read:1`])
  await e.docker(["pull", `${r.host}/team/read:1`])
  await e.docker(["tag", `${r.host}/team/read:1`, `${r.host}/team/read:2`])
  const push = await e.attempt(["push", `${r.host}/team/read:2`])
  expect(push.exitCode).not.toBe(0)
  expect(push.stderr).toContain("denied: requested access to the resource is denied")
  const pull = await e.attempt(["pull", `${r.host}/other/app:1`])
  expect(pull.stderr).toContain("denied")
})

test("docker without a log-in pulls what everybody may have, and nothing else", async () => {
  const [e, r] = [await engine(), await registry()]
  await dockerLogIn(e, r)
  for (const name of ["public/app", "team/private"]) await pushImage(e, `${r.host}/${name}:1`)
  await e.docker(["logout", r.host])
  await e.docker(["rmi", `${r.host}/public/app:1`])
  await e.docker(["pull", `${r.host}/public/app:1`])
  expect((await e.attempt(["pull", `${r.host}/team/private:1`])).stderr).toContain("denied")
})

test("docker search finds for whoever may search", async () => {
  const [e, r] = [await engine(), await registry()]
  await dockerLogIn(e, r)
  await pushImage(e, `${r.host}/team/wanted:1`)
  expect(await e.docker(["search", `${r.host}/wanted`])).toContain("team/wanted")
})
