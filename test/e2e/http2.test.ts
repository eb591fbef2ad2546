import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Berth, startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createCertificates } from "./support/certificates.ts"
import { run } from "./support/command.ts"
import { noise } from "./support/content.ts"
import { createCrane } from "./support/go-clients.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms } from "./support/programs.ts"
import { listRegistryBlobs } from "./support/registry-content.ts"
import type { Registry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const curlTest = requirePrograms("curl", "openssl")
const craneTest = requirePrograms("crane", "openssl")
const scratch = shareScratch("http2")
const secured = shareInFile(startSecured)
const plain = shareInFile(async () => {
  const port = await findFreePort()
  return startBerth({ port, config: { http: { addr: `127.0.0.1:${port}`, h2c: { enabled: true } } } })
})

/** TLS with HTTP/2, and time to end transfers. */
async function startSecured(): Promise<Registry & { berth: Berth }> {
  const certificates = await createCertificates(scratch)
  const port = await findFreePort()
  const tls = { certificate: certificates.certificate, key: certificates.key }
  const http = { addr: `127.0.0.1:${port}`, draintimeout: "30s", tls }
  const berth = await startBerth({ port, config: { http, network: { http2: true } } })
  return { ...berth, certificates, berth }
}

const file = join(scratch, "blob")
const bytes = noise(20_000_000, 3)
writeFileSync(file, bytes)
const digest = `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`

/** Gives status and version of the answer. */
function curl(options: string[], url: string): Promise<string> {
  const trust = ["--cacert", join(scratch, "authority", "ca.crt")]
  const output = ["--silent", "--show-error", "--write-out", "%{http_code} %{http_version}"]
  return run(["curl", ...trust, ...output, ...options, url])
}

async function pushAndPull(url: string, version: string): Promise<void> {
  const back = join(scratch, "back")
  const push = ["--request", "POST", "--data-binary", `@${file}`, "--output", "/dev/null"]
  expect(await curl([version, ...push], `${url}/v2/a/blobs/uploads/?digest=${digest}`)).toBe("201 2")
  expect(await curl([version, "--output", back], `${url}/v2/a/blobs/${digest}`)).toBe("200 2")
  expect(Buffer.from(await Bun.file(back).bytes()).equals(bytes)).toBe(true)
  const part = ["--output", back, "--range", "1000-2999"]
  expect(await curl([version, ...part], `${url}/v2/a/blobs/${digest}`)).toBe("206 2")
  expect(Buffer.from(await Bun.file(back).bytes()).equals(bytes.subarray(1000, 3000))).toBe(true)
}

curlTest("a blob is pushed and pulled over HTTP/2 with TLS, whole and in part", async () => {
  await pushAndPull((await secured()).url, "--http2")
})

curlTest("a blob is pushed and pulled over HTTP/2 without TLS, by prior knowledge", async () => {
  await pushAndPull((await plain()).url, "--http2-prior-knowledge")
})

curlTest("HTTP/1.1 is spoken beside it, with and without TLS", async () => {
  for (const r of [await secured(), await plain()])
    expect(await curl(["--http1.1", "--output", "/dev/null"], `${r.url}/v2/`)).toBe("200 1.1")
})

curlTest("without being asked for HTTP/2 is not spoken", async () => {
  const port = await findFreePort()
  const { certificate, key } = (await secured()).certificates ?? { certificate: "", key: "" }
  await using berth = await startBerth({
    port,
    config: { http: { addr: `127.0.0.1:${port}`, tls: { certificate, key } } },
  })
  expect(await curl(["--http2", "--output", "/dev/null"], `${berth.url}/v2/`)).toBe("200 1.1")
})

craneTest("crane, which takes HTTP/2 where it is offered, pushes and pulls byte for byte", async () => {
  const r = await secured()
  const home = join(scratch, "crane")
  const crane = await createCrane(home, r)
  const { layout } = createSampleImages(join(scratch, "images"))
  await crane.run(["push", "--index", layout.path, `${r.host}/team/all:1`])
  const back = join(scratch, "layout")
  await crane.run(["pull", "--format", "oci", `${r.host}/team/all:1`, back])
  expect(listLayoutBlobs(back)).toEqual(await listRegistryBlobs(r, "team/all", "1"))
})

curlTest("a stop lets a transfer over HTTP/2 end", async () => {
  const { berth, url } = await startSecured()
  const push = ["--request", "POST", "--data-binary", `@${file}`, "--output", "/dev/null"]
  await curl(["--http2", ...push], `${url}/v2/a/blobs/uploads/?digest=${digest}`)
  const back = join(scratch, "drained")
  const slow = curl(["--http2", "--limit-rate", "8M", "--output", back], `${url}/v2/a/blobs/${digest}`)
  await Bun.sleep(500)
  expect(await berth.stop()).toBe(0)
  expect(await slow).toBe("200 2")
  expect(Buffer.from(await Bun.file(back).bytes()).equals(bytes)).toBe(true)
})
