import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { X509Certificate } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createMemoryLogger } from "../logger/memory.ts"
import { openAcmeCertificates } from "./certificates.ts"

const clock = { now: () => Date.now() }
let folder = ""
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "berth-acme-"))))
afterEach(() => rmSync(folder, { recursive: true }))

async function openIn(cachePath: string, directoryUrl = "http://127.0.0.1:9/") {
  const log = createMemoryLogger()
  const options = { cachePath, email: undefined, hosts: ["a.example", "b.example"], directoryUrl, clock, log }
  return { ...(await openAcmeCertificates(options)), log }
}

describe("before there is a certificate", () => {
  test("a placeholder with its key is there, for no other user to read, and the log says so", async () => {
    const cachePath = join(folder, "new", "cache")
    const { certificatePath, log } = await openIn(cachePath)
    const pem = readFileSync(certificatePath, "utf8")
    const certificate = new X509Certificate(pem)
    expect(certificate.checkHost("a.example")).toBe("a.example")
    expect(certificate.validToDate.getTime()).toBeLessThanOrEqual(Date.now())
    expect(pem).toContain("PRIVATE KEY")
    expect(statSync(certificatePath).mode & 0o777).toBe(0o600)
    expect(statSync(cachePath).mode & 0o777).toBe(0o700)
    expect(log.messages("warn")).toEqual([
      "there is no certificate yet: clients are refused until the authority has given one",
    ])
  })

  test("nothing is answered to whoever asks for a token", async () => {
    const { challenges } = await openIn(folder)
    for (const token of ["", "a", "__proto__"]) expect(challenges.find(token)).toBeUndefined()
  })
})

describe("the place of the certificates", () => {
  test("is shared with distribution's files, which stay as they are", async () => {
    writeFileSync(join(folder, "a.example"), "distribution's")
    await openIn(folder)
    expect(readFileSync(join(folder, "a.example"), "utf8")).toBe("distribution's")
    expect(readdirSync(folder).toSorted()).toEqual(["a.example", "berth-certificate.pem"])
  })

  test("is beside a file of another program, which is named in a warning and kept", async () => {
    const path = join(folder, "letsencrypt.cache")
    writeFileSync(path, "{}")
    const { certificatePath, log } = await openIn(path)
    expect(certificatePath).toBe(`${path}.berth/berth-certificate.pem`)
    expect(readFileSync(path, "utf8")).toBe("{}")
    expect(log.messages("warn")[0]).toContain("names a file of another program: certificates are kept beside it")
  })

  test("is named when it cannot be used", async () => {
    writeFileSync(join(folder, "file"), "")
    const path = join(folder, "file", "cache")
    expect(openIn(path)).rejects.toThrow(`cannot keep certificates in ${path}: ENOTDIR`)
  })

  test("keeps what it has: a damaged certificate gives way to a placeholder", async () => {
    const { certificatePath } = await openIn(folder)
    const first = readFileSync(certificatePath, "utf8")
    await openIn(folder)
    expect(readFileSync(certificatePath, "utf8")).toBe(first)
    writeFileSync(certificatePath, "half a")
    const { log } = await openIn(folder)
    expect(log.messages("warn")[0]).toContain("the certificate that was kept cannot be read")
    expect(() => new X509Certificate(readFileSync(certificatePath, "utf8"))).not.toThrow()
  })
})

test("an authority that gives none is an error in the log, and what is there stays", async () => {
  using authority = Bun.serve({ port: 0, fetch: () => new Response("none here", { status: 404 }) })
  const acme = await openIn(folder, authority.url.href)
  const { certificatePath, log } = acme
  const before = readFileSync(certificatePath, "utf8")
  acme.start()
  for (let waited = 0; log.messages("error").length === 0 && waited < 10_000; waited += 20) await Bun.sleep(20)
  acme.stop()
  expect(log.messages("error")).toEqual(["there is no new certificate: the authority is asked again"])
  expect(readFileSync(certificatePath, "utf8")).toBe(before)
})
