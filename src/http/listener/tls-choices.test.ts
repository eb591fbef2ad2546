import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TlsOptions } from "./certificate.ts"
import { failureOf, listen, waitUntil, withDefaults } from "./testing.ts"

const openssl = Bun.which("openssl")
const curl = Bun.which("curl")
const isAbsent = openssl === null || curl === null
const LIMIT_MILLISECONDS = 30_000

/** All suites of TLS 1.2 that distribution's configuration can name and today's clients still speak. */
const SUITES = {
  TLS_RSA_WITH_AES_128_CBC_SHA: "AES128-SHA",
  TLS_RSA_WITH_AES_256_CBC_SHA: "AES256-SHA",
  TLS_RSA_WITH_AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  TLS_RSA_WITH_AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
}

describe.skipIf(isAbsent)(`what TLS can be told${isAbsent ? " (needs openssl and curl)" : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-tls-"))
  const at = (name: string) => join(folder, name)
  const pair = (name: string) => ({ certificatePath: at(`${name}.crt`), keyPath: at(`${name}.key`) })

  beforeAll(() => {
    createAuthority("ours")
    createAuthority("theirs")
    createSigned("server", "ours", "serverAuth")
    createSigned("rsa", "ours", "serverAuth", ["rsa:2048"])
    createSigned("client", "ours", "clientAuth")
    createSigned("stranger", "theirs", "clientAuth")
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function run(...command: string[]): void {
    const done = Bun.spawnSync([openssl ?? "", ...command], { stdin: "ignore", stderr: "pipe" })
    if (done.exitCode !== 0) throw new Error(done.stderr.toString())
  }

  function createAuthority(name: string): void {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at(`${name}.key`)]
    run("req", "-x509", "-days", "3", "-out", at(`${name}.crt`), "-subj", `/CN=${name}`, ...key)
  }

  function createSigned(name: string, by: string, use: string, key = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]) {
    const request = ["-keyout", at(`${name}.key`), "-out", at("request"), "-subj", `/CN=${name}`]
    run("req", "-newkey", ...key, "-nodes", ...request)
    writeFileSync(at("extensions"), `extendedKeyUsage=${use}\nsubjectAltName=IP:127.0.0.1`)
    const signer = ["-CA", at(`${by}.crt`), "-CAkey", at(`${by}.key`), "-CAcreateserial", "-extfile", at("extensions")]
    run("x509", "-req", "-in", at("request"), "-days", "3", "-out", at(`${name}.crt`), ...signer)
  }

  const serve = (options: Partial<TlsOptions>, http2 = false) =>
    listen(() => new Response("served"), { tls: withDefaults({ ...pair("server"), ...options }), http2 })

  /** The body of the answer; empty when there was none. */
  async function ask(url: string, ...options: string[]): Promise<string> {
    const command = [curl ?? "", "--silent", "--max-time", "10", "--cacert", at("ours.crt"), ...options, url]
    return Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "ignore" }).stdout.text()
  }

  const as = (name: string) => ["--cert", at(`${name}.crt`), "--key", at(`${name}.key`)]

  describe.each([false, true])("with HTTP/2 %p", (http2) => {
    const versions = [["--tls-max", "1.2"], ["--tlsv1.3"]]
    const strict = { clientAuthorityPaths: [at("ours.crt")] }

    test("only clients whose certificate an authority of the list has signed for clients are answered", async () => {
      await using listener = await serve(strict, http2)
      for (const version of versions) {
        expect(await ask(listener.url, ...version, ...as("client"))).toBe("served")
        expect(await ask(listener.url, ...version, ...as("stranger"))).toBe("")
        expect(await ask(listener.url, ...version, ...as("server"))).toBe("")
        expect(await ask(listener.url, ...version)).toBe("")
      }
    })

    test("request-client-cert asks for a certificate and answers whoever comes, as in Go", async () => {
      await using listener = await serve({ ...strict, clientAuthentication: "request-client-cert" }, http2)
      for (const who of [as("client"), as("stranger"), []]) expect(await ask(listener.url, ...who)).toBe("served")
    })
  })

  test.each(["require-any-client-cert", "verify-client-cert-if-given"] as const)(
    "%s, which the runtime cannot keep to, refuses the start instead of letting others in",
    async (clientAuthentication) => {
      const started = serve({ clientAuthorityPaths: [at("ours.crt")], clientAuthentication })
      expect(await failureOf(started)).toContain(
        "cannot be kept to on this runtime: set require-and-verify-client-cert",
      )
    },
  )

  test("several authorities are trusted, from several files or one", async () => {
    const both = at("both.crt")
    writeFileSync(both, (await Bun.file(at("theirs.crt")).text()) + (await Bun.file(at("ours.crt")).text()))
    for (const clientAuthorityPaths of [[both], [at("theirs.crt"), at("ours.crt")]]) {
      await using listener = await serve({ clientAuthorityPaths })
      for (const who of ["client", "stranger"]) expect(await ask(listener.url, ...as(who))).toBe("served")
    }
  })

  test.each([
    [
      "a missing file of authorities",
      "none.crt",
      `cannot read the TLS client authorities ${at("none.crt")}: there is no`,
    ],
    ["a file without an authority", "ours.key", "ours.key holds no certificates in PEM form"],
  ])("%s refuses the start", async (_, name, message) => {
    expect(await failureOf(serve({ clientAuthorityPaths: [at(name)] }))).toContain(message)
  })

  test(
    "a changed file of authorities is taken without a restart, and a damaged one is not",
    async () => {
      copyFileSync(at("ours.crt"), at("trusted.crt"))
      await using listener = await serve({ clientAuthorityPaths: [at("trusted.crt")] })
      expect(await ask(listener.url, ...as("stranger"))).toBe("")
      writeFileSync(at("trusted.crt"), "half a file")
      await waitUntil(() => listener.log.messages("warn").length > 0, "a warning is logged")
      expect(await ask(listener.url, ...as("client"))).toBe("served")
      copyFileSync(at("theirs.crt"), at("trusted.crt"))
      await listener.reload()
      expect(await ask(listener.url, ...as("stranger"))).toBe("served")
      expect(await ask(listener.url, ...as("client"))).toBe("")
    },
    LIMIT_MILLISECONDS,
  )

  test.each(Object.entries(SUITES))("%s alone can be served, and is", async (name, opensslName) => {
    const files = pair(name.includes("ECDSA") ? "server" : "rsa")
    await using listener = await serve({ ...files, cipherSuites: [name] })
    const older = ["--tls-max", "1.2", "--ciphers"]
    expect(await ask(listener.url, ...older, `${opensslName}:@SECLEVEL=0`)).toBe("served")
    expect(await ask(listener.url, ...older, `ALL:!${opensslName}:@SECLEVEL=0`)).toBe("")
    expect(await ask(listener.url)).toBe("served")
  })

  test("a list of TLS 1.3's suites alone leaves nothing for TLS 1.2", async () => {
    await using listener = await serve({ cipherSuites: ["TLS_AES_128_GCM_SHA256"] })
    expect(await ask(listener.url, "--tls-max", "1.2")).toBe("")
    expect(await ask(listener.url)).toBe("served")
  })

  test("an unknown suite refuses the start", async () => {
    expect(await failureOf(serve({ cipherSuites: ["TLS_NONE"] }))).toContain("is no cipher suite that can be served")
  })

  test("certificate and key may be in one file", async () => {
    const both = at("both.pem")
    const parts = await Promise.all(["server.key", "server.crt", "ours.crt"].map((name) => Bun.file(at(name)).text()))
    writeFileSync(both, parts.join(""), { mode: 0o600 })
    await using listener = await serve({ certificatePath: both, keyPath: both })
    expect(await ask(listener.url)).toBe("served")
  })

  test("on a unix socket the certificate is replaced too, and clients find the server again", async () => {
    copyFileSync(at("server.crt"), at("u.crt"))
    copyFileSync(at("server.key"), at("u.key"))
    const path = at("tls.sock")
    const listener = await listen(() => new Response("served"), { unix: path, tls: withDefaults(pair("u")) })
    const trust = (ca: string) => ["--unix-socket", path, "--cacert", at(ca)]
    expect(await ask("https://127.0.0.1/", ...trust("ours.crt"))).toBe("served")
    copyFileSync(at("rsa.crt"), at("u.crt"))
    copyFileSync(at("rsa.key"), at("u.key"))
    await listener.reload()
    const seen = await ask("https://127.0.0.1/", ...trust("ours.crt"), "--write-out", "%{certs}")
    expect(seen).toContain("CN = rsa")
    await listener.stop({ deadlineSeconds: 0 })
    expect(existsSync(path)).toBe(false)
  })
})
