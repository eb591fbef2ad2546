import { expect, test } from "bun:test"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ConfigProblem } from "../config/config-error.ts"
import type { CliDependencies } from "./dependencies.ts"
import { runProgram } from "./program.ts"

async function check(text: string, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "berth-files-"))
  const file = join(folder, "config.yml")
  await writeFile(join(folder, "there"), "any text")
  await writeFile(file, `version: 0.1\nstorage: inmemory\n${text.replaceAll("FOLDER", folder)}\n`)
  let out = ""
  const deps: Partial<CliDependencies> = {
    argv: ["config", "check", "--json", file],
    env,
    version: "1.2.3",
    readFile: (path) => readFile(path, "utf8"),
    out: (written) => void (out += written),
  }
  const code = await runProgram(deps as CliDependencies)
  await rm(folder, { recursive: true })
  const { problems } = JSON.parse(out.replaceAll(folder, "FOLDER")) as { problems: ConfigProblem[] }
  return { code, problems }
}

test("files that can be read are no problem, nor is a file of passwords that the server will make", async () => {
  const tls = "http: {tls: {certificate: FOLDER/there, key: FOLDER/there, clientcas: [FOLDER/there]}}"
  expect(await check(`${tls}\nauth: {htpasswd: {realm: r, path: FOLDER/new}}`)).toEqual({ code: 0, problems: [] })
})

test("a certificate, key or authority that is not there is one", async () => {
  const tls = "http: {tls: {certificate: FOLDER/crt, key: FOLDER/key, clientcas: [FOLDER/there, FOLDER/ca]}}"
  const { code, problems } = await check(tls)
  expect(code).toBe(2)
  expect(problems.map(({ key }) => key)).toEqual(["http.tls.certificate", "http.tls.key", "http.tls.clientcas"])
  expect(problems[2]?.message).toBe("cannot be read: ENOENT: no such file or directory, open 'FOLDER/ca'")
})

test("a directory in the place of a file of passwords is one, which says where it is", async () => {
  const { code, problems } = await check("auth: {htpasswd: {realm: r, path: FOLDER}}")
  expect(code).toBe(2)
  expect(problems).toEqual([{ key: "auth.htpasswd.path", message: expect.stringContaining("FOLDER") }])
})

test("keys of tokens that a variable names are one, with the variable", async () => {
  const { problems } = await check("auth: {token: {realm: r, service: s, issuer: i}}", {
    REGISTRY_AUTH_TOKEN_JWKS: "/nowhere/keys.json",
  })
  expect(problems).toMatchObject([{ key: "auth.token.jwks", variable: "REGISTRY_AUTH_TOKEN_JWKS" }])
})
