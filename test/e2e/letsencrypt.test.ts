// Against Pebble, the small ACME server that Let's Encrypt has made for tests of clients: it asks for http-01 over the
// network, refuses a share of all nonces, and has an authority of its own.
import { afterAll, expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Berth, startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createCrane } from "./support/go-clients.ts"
import { type Pebble, startPebble } from "./support/pebble.ts"
import { requirePrograms } from "./support/programs.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareInFile, shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("pebble", "openssl")
const craneTest = requirePrograms("pebble", "openssl", "crane")
const DAY_SECONDS = 86_400
const scratch = shareScratch("letsencrypt")
const lasting = shareInFile(() => startPebble({ validitySeconds: 90 * DAY_SECONDS }))
const brief = shareInFile(() => startPebble({ validitySeconds: 20 }))

const running = new Set<Berth>()
afterAll(async () => {
  for (const berth of running) await berth.stop()
})

interface Start {
  cache: string
  root: string
  hosts?: string[]
}

async function start(pebble: Pebble, { cache, root, hosts = ["localhost"] }: Start): Promise<Berth> {
  const port = await findFreePort()
  const letsencrypt = { cachefile: cache, email: "ops@example.org", hosts }
  const berth = await startBerth({
    port,
    root: join(scratch, root),
    env: { NODE_EXTRA_CA_CERTS: pebble.certificates.authority },
    config: {
      http: {
        addr: `127.0.0.1:${port}`,
        tls: { letsencrypt: { ...letsencrypt, directoryurl: pebble.directoryUrl } },
      },
      network: { acmeaddr: `127.0.0.1:${pebble.challengePort}` },
    },
  })
  running.add(berth)
  return berth
}

async function stop(berth: Berth): Promise<void> {
  running.delete(berth)
  expect(await berth.stop()).toBe(0)
}

/** Whether a client that trusts the authority, and looks at host and dates, is answered. */
async function isTrusted(berth: Berth, root: string): Promise<boolean> {
  const answer = await fetch(`https://localhost:${berth.port}/v2/`, { tls: { ca: root }, keepalive: false }).catch(
    () => undefined,
  )
  return answer?.status === 200
}

async function waitUntil(isTrue: () => Promise<boolean> | boolean, berth: Berth): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; !(await isTrue()); await Bun.sleep(100))
    if (Date.now() > giveUpAt) throw new Error(`waited in vain:\n${berth.output()}`)
}

const countCertificates = (berth: Berth) => berth.output().split("the authority has given a new certificate").length - 1

test("a certificate is got, served without a restart, and kept over one", async () => {
  const pebble = await lasting()
  const root = await pebble.fetchRoot()
  const cache = join(scratch, "cache")
  const first = await start(pebble, { cache, root: "one" })
  await waitUntil(() => isTrusted(first, root), first)
  expect(await isTrusted(first, await Bun.file(pebble.certificates.authority).text())).toBe(false)
  await stop(first)
  const orders = pebble.countOrders()
  const second = await start(pebble, { cache, root: "one" })
  expect(await isTrusted(second, root)).toBe(true)
  await Bun.sleep(1500)
  expect(pebble.countOrders()).toBe(orders)
  await stop(second)
})

test("the port without TLS answers no registry, and sends its clients to the other", async () => {
  const pebble = await lasting()
  const berth = await start(pebble, { cache: join(scratch, "cache-redirect"), root: "redirect" })
  const ask = (host: string) =>
    fetch(`http://localhost:${pebble.challengePort}/v2/`, { redirect: "manual", headers: { host } })
  const sent = await ask("localhost")
  expect([sent.status, sent.headers.get("location")]).toEqual([308, `https://localhost:${berth.port}/v2/`])
  expect((await ask("elsewhere.example")).status).toBe(404)
  await stop(berth)
})

test("a certificate is renewed before it ends, while a download goes on", async () => {
  const pebble = await brief()
  const root = await pebble.fetchRoot()
  const berth = await start(pebble, { cache: join(scratch, "cache-brief"), root: "brief" })
  await waitUntil(() => isTrusted(berth, root), berth)
  const url = `https://localhost:${berth.port}`
  const trust = { tls: { ca: root } }
  const bytes = new Uint8Array(32 * 2 ** 20).fill(7)
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`
  const pushed = await fetch(`${url}/v2/a/blobs/uploads/?digest=${digest}`, { ...trust, method: "POST", body: bytes })
  expect(pushed.status).toBe(201)
  const reader = (await fetch(`${url}/v2/a/blobs/${digest}`, trust)).body?.getReader()
  let sizeBytes = (await reader?.read())?.value?.byteLength ?? 0
  const before = countCertificates(berth)
  await waitUntil(() => countCertificates(berth) >= before + 2, berth)
  await waitUntil(() => isTrusted(berth, root), berth)
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read())
    sizeBytes += piece.value.byteLength
  expect(sizeBytes).toBe(bytes.byteLength)
  await stop(berth)
})

test("what an authority gave goes on being served when it is gone, and other programs' files stay", async () => {
  const pebble = await lasting()
  const root = await pebble.fetchRoot()
  const cache = join(scratch, "letsencrypt.cache")
  writeFileSync(cache, "another's")
  const first = await start(pebble, { cache, root: "gone" })
  await waitUntil(() => isTrusted(first, root), first)
  expect(first.output()).toContain("certificates are kept beside it")
  await stop(first)
  const gone = { ...pebble, directoryUrl: pebble.directoryUrl.replace("/dir", "/nothing-here") }
  const second = await start(gone, { cache, root: "gone", hosts: ["localhost", "added.example"] })
  await waitUntil(() => second.output().includes("there is no new certificate: the authority is asked again"), second)
  expect(await isTrusted(second, root)).toBe(true)
  expect(await Bun.file(cache).text()).toBe("another's")
  await stop(second)
})

craneTest("crane pushes and pulls under a certificate of the authority", async () => {
  const pebble = await lasting()
  const root = await pebble.fetchRoot()
  const berth = await start(pebble, { cache: join(scratch, "cache"), root: "crane" })
  await waitUntil(() => isTrusted(berth, root), berth)
  const authority = join(scratch, "root.pem")
  writeFileSync(authority, root)
  const host = `localhost:${berth.port}`
  const certificates = { ...pebble.certificates, authority }
  const home = join(scratch, "crane-home")
  const crane = await createCrane(home, { ...berth, host, url: `https://${host}`, certificates })
  const { layout } = createSampleImages(join(scratch, "images"))
  await crane.run(["push", "--index", layout.path, `${host}/team/all:1`])
  expect(await crane.run(["ls", `${host}/team/all`])).toBe("1\n")
  await stop(berth)
})
