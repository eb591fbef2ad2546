import { expect } from "bun:test"
import { createHash } from "node:crypto"
import { requirePrograms } from "../e2e/support/programs.ts"
import { waitUntil } from "../operations/wait.ts"
import { startBerth, type Berth } from "../support/berth.ts"

const test = requirePrograms("strace")

const INDEX = "application/vnd.oci.image.index.v1+json"

function pushBlob({ url }: Berth, content: string): Promise<Response> {
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`
  return fetch(`${url}/v2/a/blobs/uploads/?digest=${digest}`, { method: "POST", body: content })
}

function pushManifest({ url }: Berth, tag: string): Promise<Response> {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] })
  return fetch(`${url}/v2/a/manifests/${tag}`, { method: "PUT", headers: { "Content-Type": INDEX }, body })
}

/** As long as this lives, no sync of the running server succeeds. */
async function breakSyncs(pid: number): Promise<AsyncDisposable> {
  const calls = "fsync,fdatasync"
  const inject = ["-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO`]
  const strace = Bun.spawn(["strace", "-f", "-p", `${pid}`, ...inject], { stdin: "ignore", stderr: "pipe" })
  let output = ""
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const piece of strace.stderr) output += decoder.decode(piece, { stream: true })
  })()
  await waitUntil("strace", () => output.includes("attached") || strace.exitCode !== null)
  if (strace.exitCode !== null) throw new Error(`strace cannot attach: ${output}`)
  return {
    [Symbol.asyncDispose]: async () => {
      strace.kill("SIGINT")
      await strace.exited
      await reading
    },
  }
}

test("after a failed sync nothing is written until a probe could be synced, and pulls go on", async () => {
  await using berth = await startBerth()
  expect((await pushManifest(berth, "before")).status).toBe(201)
  {
    await using _ = await breakSyncs(berth.pid)
    expect((await pushBlob(berth, "one")).status).toBe(503)
    for (const push of [pushBlob(berth, "two"), pushManifest(berth, "during")]) {
      const refused = await push
      expect(refused.status).toBe(503)
      expect(refused.headers.get("retry-after")).toBe("1")
      expect(await refused.text()).toContain("nothing is written for now")
    }
    const pulled = await fetch(`${berth.url}/v2/a/manifests/before`, { headers: { Accept: INDEX } })
    expect(pulled.status).toBe(200)
  }
  // Every write is one more question whether the storage is well.
  await waitUntil("the recovery", async () => (await pushBlob(berth, "two")).status === 201)
  expect((await pushManifest(berth, "after")).status).toBe(201)
  expect((await fetch(`${berth.url}/v2/a/manifests/during`, { headers: { Accept: INDEX } })).status).toBe(404)
  expect(berth.output()).toContain("the storage failed: pushes are refused until it can be written to again")
  expect(berth.output()).toContain("the storage can be written to again")
})
