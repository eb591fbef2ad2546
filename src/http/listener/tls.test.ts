import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { chmodSync, copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { failureOf, listen, waitUntil, withDefaults } from "./testing.ts"

const openssl = Bun.which("openssl")
const LIMIT_MILLISECONDS = 30_000

describe.skipIf(openssl === null)(`TLS${openssl === null ? " (needs openssl)" : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-tls-"))
  const at = (name: string) => join(folder, name)
  const files = withDefaults({ certificatePath: at("tls.crt"), keyPath: at("tls.key") })

  beforeAll(() => {
    for (const name of ["first", "second"]) createPair(name)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function createPair(name: string): void {
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"]
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at(`${name}.key`)]
    run(["req", "-x509", "-days", "3", "-out", at(`${name}.crt`), ...key, ...subject])
  }

  function run(command: string[]): string {
    const done = Bun.spawnSync([openssl ?? "", ...command], { stdin: "ignore", stderr: "pipe" })
    return done.stdout.toString() + done.stderr.toString()
  }

  function install(name: string): void {
    copyFileSync(at(`${name}.crt`), files.certificatePath)
    copyFileSync(at(`${name}.key`), files.keyPath)
    chmodSync(files.keyPath, 0o600)
  }

  async function connect(port: number, ...options: string[]): Promise<string> {
    const command = [openssl ?? "", "s_client", "-connect", `127.0.0.1:${port}`, ...options]
    const client = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "ignore" })
    return client.stdout.text()
  }

  const nameAt = async (port: number) => /subject=CN = (\w+)/.exec(await connect(port))?.[1]
  const insecure = { tls: { rejectUnauthorized: false }, keepalive: false }

  test(
    "a new certificate serves new connections, while a transfer under way goes on with the old one",
    async () => {
      install("first")
      const large = at("large")
      writeFileSync(large, "")
      truncateSync(large, 64 * 2 ** 20)
      await using listener = await listen(() => new Response(Bun.file(large)), { tls: files })
      const transfer = await fetch(listener.url, insecure)
      const reader = transfer.body?.getReader()
      let sizeBytes = (await reader?.read())?.value?.byteLength ?? 0
      expect(await nameAt(listener.port)).toBe("first")
      install("second")
      await waitUntilAsync(async () => (await nameAt(listener.port)) === "second")
      for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read())
        sizeBytes += chunk.value.byteLength
      expect(sizeBytes).toBe(64 * 2 ** 20)
    },
    LIMIT_MILLISECONDS,
  )

  test("an upload under way goes on while the certificate is replaced", async () => {
    install("first")
    let isUnderWay = false
    await using listener = await listen(
      async (request) => {
        let sizeBytes = 0
        for await (const chunk of request.body ?? []) {
          sizeBytes += chunk.byteLength
          isUnderWay = true
        }
        return new Response(String(sizeBytes))
      },
      { tls: files },
    )
    const piece = new Uint8Array(2 ** 20)
    const { promise: isReplaced, resolve: goOn } = Promise.withResolvers<void>()
    const body = async function* () {
      yield piece
      await isReplaced
      for (let sent = 1; sent < 64; sent++) yield piece
    }
    const answer = fetch(listener.url, { ...insecure, method: "POST", body: body() })
    await waitUntil(() => isUnderWay, "the upload has begun")
    install("second")
    await listener.reload()
    expect(await nameAt(listener.port)).toBe("second")
    goOn()
    expect(await (await answer).text()).toBe(String(64 * 2 ** 20))
  })

  test("reload() takes a new pair at once, and says nothing when there is none", async () => {
    install("first")
    await using listener = await listen(() => new Response(), { tls: files })
    await listener.reload()
    expect(listener.log.messages("info")).toEqual([])
    install("second")
    await listener.reload()
    expect(await nameAt(listener.port)).toBe("second")
    expect(listener.log.messages("info")).toEqual(["the TLS certificate was replaced"])
  })

  test(
    "a pair that cannot serve is refused with a warning, and the one in force stays",
    async () => {
      install("first")
      await using listener = await listen(() => new Response("served"), { tls: files })
      copyFileSync(at("second.key"), files.keyPath)
      await waitUntil(() => listener.log.messages("warn").length > 0, "a warning is logged")
      expect(listener.log.messages("warn")).toEqual(["the new TLS certificate is refused, the old one stays in force"])
      expect(await (await fetch(listener.url, insecure)).text()).toBe("served")
      install("second")
      await waitUntilAsync(async () => (await nameAt(listener.port)) === "second")
    },
    LIMIT_MILLISECONDS,
  )

  test("a second program on the port is an error with TLS too", async () => {
    install("first")
    await using listener = await listen(() => new Response("first"), { tls: files })
    const second = listen(() => new Response("second"), { tls: files, port: listener.port })
    expect(await failureOf(second)).toContain("is already in use: stop the other program")
  })

  test.each([
    ["tls1.2", ["-tls1_2", "-tls1_3"], ["-tls1", "-tls1_1"]],
    ["tls1.3", ["-tls1_3"], ["-tls1", "-tls1_1", "-tls1_2"]],
  ] as const)("with %s as the minimum, older versions find no common ground", async (minimumVersion, good, bad) => {
    install("first")
    await using listener = await listen(() => new Response(), { tls: { ...files, minimumVersion } })
    const probe = async (version: string) =>
      !(await connect(listener.port, version, "-cipher", "ALL:@SECLEVEL=0")).includes("Cipher is (NONE)")
    for (const version of good) expect([version, await probe(version)]).toEqual([version, true])
    for (const version of bad) expect([version, await probe(version)]).toEqual([version, false])
  })

  test("a key that everybody may read is warned of", async () => {
    install("first")
    chmodSync(files.keyPath, 0o644)
    await using listener = await listen(() => new Response(), { tls: files })
    expect(listener.log.messages("warn")).toEqual([
      "the TLS key can be read by every user of this machine: run chmod 600 on it",
    ])
  })

  test.each([
    ["a missing file", { keyPath: at("none") }, `cannot read the TLS key ${at("none")}: there is no such file`],
    ["another's key", { keyPath: at("second.key") }, "does not belong to the certificate in"],
    ["no certificate", { certificatePath: at("first.key") }, "first.key holds no certificate in PEM form"],
    ["no key", { keyPath: at("first.crt") }, "first.crt holds no unencrypted private key in PEM form"],
  ])("%s at the start is a clear error", async (_, wrong, message) => {
    const pair = { ...files, certificatePath: at("first.crt"), keyPath: at("first.key"), ...wrong }
    expect(await failureOf(listen(() => new Response(), { tls: pair }))).toContain(message)
  })
})

async function waitUntilAsync(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error("waited in vain")
    await Bun.sleep(100)
  }
}
