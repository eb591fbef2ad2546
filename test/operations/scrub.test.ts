import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { Database } from "bun:sqlite"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { berth, pushImage } from "../commands/scene.ts"
import { startBerth, type Berth } from "../support/berth.ts"
import { waitUntil } from "./wait.ts"

const OCI = "application/vnd.oci.image.manifest.v1+json"

async function pushBlob({ url }: Berth, repository: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`
  const headers = { "Content-Type": "application/octet-stream" }
  const init = { method: "POST", headers, body: bytes }
  const answer = await fetch(`${url}/v2/${repository}/blobs/uploads/?digest=${digest}`, init)
  expect(answer.status).toBe(201)
  return digest
}

function pathOf({ root }: Berth, digest: string, file = "data"): string {
  const hex = digest.slice(7)
  return join(root, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, file)
}

function flipBit(path: string): void {
  const bytes = readFileSync(path)
  const at = Math.floor(Math.random() * bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
  writeFileSync(path, bytes)
}

const getBlob = ({ url }: Berth, repository: string, digest: string, method = "GET") =>
  fetch(`${url}/v2/${repository}/blobs/${digest}`, { method })

const random = (sizeBytes: number) => crypto.getRandomValues(new Uint8Array(sizeBytes))

test("a damaged blob is found by a pass, reported, refused everywhere, and repaired for all by one push", async () => {
  await using server = await startBerth()
  const bytes = random(60_000)
  const digest = await pushBlob(server, "one", bytes)
  await pushBlob(server, "two", bytes)
  await pushImage(server.url, "one", "whole")
  flipBit(pathOf(server, digest))
  const run = await berth(server.configPath, "scrub", "run")
  expect(run).toMatchObject({ exitCode: 1 })
  expect(run.stdout).toContain("1 damaged: berth scrub status lists them")
  const status = await berth(server.configPath, "scrub", "status", "--json")
  const { damaged, list } = JSON.parse(status.stdout) as { damaged: number; list: object[] }
  expect(damaged).toBe(1)
  expect(list).toMatchObject([{ digest, reason: "changed", state: "open", movedTo: `${digest.replace(":", "-")}.0` }])
  expect(readdirSync(join(server.root, "berth/quarantine"))).toEqual([`${digest.replace(":", "-")}.0`])
  expect(server.output()).toContain("a stored blob is damaged and no longer served")
  for (const repository of ["one", "two"]) {
    expect((await getBlob(server, repository, digest)).status).toBe(404)
    expect((await getBlob(server, repository, digest, "HEAD")).status).toBe(404)
  }
  const mount = await fetch(`${server.url}/v2/three/blobs/uploads/?mount=${digest}&from=one`, { method: "POST" })
  expect(mount.status).toBe(202)
  const descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 60_000 }
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI, config: descriptor, layers: [] })
  const put = () =>
    fetch(`${server.url}/v2/two/manifests/v1`, { method: "PUT", headers: { "Content-Type": OCI }, body: manifest })
  expect((await put()).status).toBe(404)
  await pushBlob(server, "three", bytes)
  for (const repository of ["one", "two", "three"]) {
    expect(await (await getBlob(server, repository, digest)).bytes()).toEqual(bytes)
  }
  expect((await put()).status).toBe(201)
  const after = await berth(server.configPath, "scrub", "run", "--full")
  expect(after).toMatchObject({ exitCode: 0 })
  const repaired = await berth(server.configPath, "scrub", "status")
  expect(repaired.stdout).toContain("nothing is damaged")
  expect(repaired.stdout).toContain("repaired")
  expect(repaired.stdout).toContain("at most 10.0 MiB a second")
  const fsck = await berth(server.configPath, "fsck")
  expect(fsck.exitCode).toBe(0)
  expect(fsck.stdout).toContain("quarantined: 1 (no fault)")
  expect(fsck.stdout).toContain(`${digest.replace(":", "-")}.0 (60000 bytes)`)
})

test("the scrub of a server finds damage by itself, and a request finds a wrong size", async () => {
  await using server = await startBerth({ config: { scrub: { enabled: false } } })
  const [changed, cut, deleted] = [random(5000), random(5000), random(5000)]
  const digests = await Promise.all([changed, cut, deleted].map((bytes) => pushBlob(server, "app", bytes)))
  const [, cutDigest = ""] = digests
  writeFileSync(pathOf(server, cutDigest), cut.subarray(0, 4999))
  expect((await getBlob(server, "app", cutDigest, "HEAD")).status).toBe(404)
  // Whoever looks makes the scrub look.
  await waitUntil("the finding", () => server.output().includes("a stored blob is damaged and no longer served"))
  expect((await getBlob(server, "app", cutDigest)).status).toBe(404)
  await pushBlob(server, "app", cut)
  expect((await getBlob(server, "app", cutDigest)).status).toBe(200)
})

test("after a kill, what was written last is compared first, and a quarantine that was begun is ended", async () => {
  const server = await startBerth()
  const bytes = random(5000)
  const digest = await pushBlob(server, "app", bytes)
  await server.kill()
  flipBit(pathOf(server, digest))
  await using next = await startBerth({ root: server.root })
  await waitUntil("the finding", () => next.output().includes("a stored blob is damaged and no longer served"))
  expect((await getBlob(next, "app", digest)).status).toBe(404)
  await pushBlob(next, "app", bytes)
  expect((await getBlob(next, "app", digest)).status).toBe(200)
  await next.stop()
  await server.stop()
})

/** All that comes until the connection ends. */
function readRaw(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    let text = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => (text += chunk.toString()))
    socket.on("error", () => undefined)
    socket.on("close", () => resolve(text))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  })
}

/** Whether an answer has come to its end (RFC 9112, section 6.3); of one that has not, every client says so. */
function isComplete(answer: string): boolean {
  const head = answer.indexOf("\r\n\r\n")
  if (head === -1) return false
  const length = /^content-length: (\d+)$/im.exec(answer.slice(0, head))?.[1]
  return length === undefined ? answer.endsWith("\r\n0\r\n\r\n") : answer.length - head - 4 === Number(length)
}

test("with verifyreads no answer with a flipped bit comes to its end, whatever its size", async () => {
  await using server = await startBerth({
    env: { REGISTRY_SCRUB_VERIFYREADS: "true", REGISTRY_SCRUB_ENABLED: "false" },
  })
  for (const sizeBytes of [0, 1, 2, 5000, 65_536, 300_000, 2_000_001]) {
    const bytes = random(sizeBytes)
    const digest = await pushBlob(server, "app", bytes)
    const path = `/v2/app/blobs/${digest}`
    expect(await (await getBlob(server, "app", digest)).bytes()).toEqual(bytes)
    if (sizeBytes === 0) continue
    expect(isComplete(await readRaw(server.port, path))).toBe(true)
    flipBit(pathOf(server, digest))
    const answer = await readRaw(server.port, path)
    // What fits in one piece is found before anything is sent, and then nothing is.
    if (answer !== "") expect(answer).toStartWith("HTTP/1.1 200 ")
    expect(isComplete(answer)).toBe(false)
    // What was read is looked at, taken out of service, and repaired by a push.
    await waitUntil("the end of its service", async () => (await getBlob(server, "app", digest, "HEAD")).status === 404)
    await pushBlob(server, "app", bytes)
    expect(await (await getBlob(server, "app", digest)).bytes()).toEqual(bytes)
  }
})

test("a damaged manifest is no longer said to be there, by tag or by digest, and the next push of it repairs it", async () => {
  await using server = await startBerth()
  await pushImage(server.url, "one", "v1")
  const head = (reference: string) => fetch(`${server.url}/v2/one/manifests/${reference}`, { method: "HEAD" })
  const answer = await fetch(`${server.url}/v2/one/manifests/v1`, { headers: { Accept: OCI } })
  const digest = answer.headers.get("docker-content-digest") ?? ""
  const headers = { "Content-Type": answer.headers.get("content-type") ?? "" }
  const text = await answer.text()
  {
    using database = new Database(join(server.root, "berth/metadata.db"))
    database.run("UPDATE manifest_body SET bytes = ? WHERE digest = ?", [Buffer.from(text.replace("2", "3")), digest])
  }
  expect(await berth(server.configPath, "scrub", "run")).toMatchObject({ exitCode: 1 })
  for (const reference of ["v1", digest]) {
    expect((await head(reference)).status).toBe(404)
    expect((await fetch(`${server.url}/v2/one/manifests/${reference}`)).status).toBe(404)
  }
  const put = await fetch(`${server.url}/v2/one/manifests/v1`, { method: "PUT", headers, body: text })
  expect(put.status).toBe(201)
  for (const reference of ["v1", digest]) expect((await head(reference)).status).toBe(200)
  expect(await (await fetch(`${server.url}/v2/one/manifests/v1`)).text()).toBe(text)
  expect((await berth(server.configPath, "scrub", "status")).stdout).toContain("nothing is damaged")
})
