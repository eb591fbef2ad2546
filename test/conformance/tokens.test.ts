import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { createTokenIssuer, ISSUER, SERVICE } from "../support/token-issuer.ts"
import { createRegistry, expectError, freshRepository, headerOf, type Registry } from "./client.ts"
import { randomBytes, unknownDigest } from "./content.ts"
import { pushBlob, pushImage } from "./push.ts"

const issuer = createTokenIssuer()
const scratch = createScratch("berth-tokens")
const rootcertbundle = join(scratch.path, "issuer.pem")
writeFileSync(rootcertbundle, issuer.certificate)
const token = { realm: "https://auth.example/token", service: SERVICE, issuer: ISSUER, rootcertbundle }

let berth: Berth
beforeAll(async () => {
  berth = await startBerth({ config: { auth: { token } } })
})
afterAll(async () => {
  await berth.stop()
  scratch[Symbol.dispose]()
})

/** A caller whose token holds these scopes: `repository:a/b:pull,push`. */
function holderOf(...scopes: string[]): Registry {
  const access = scopes.map((scope) => {
    const [type = "", name = "", actions = ""] = scope.split(":")
    return { type, name, actions: actions.split(",") }
  })
  return createRegistry(berth.url, { authorization: `Bearer ${issuer.issue({ access })}` })
}

describe("a mount", () => {
  /** The status, and the names of the headers: all that does not differ from one session to the next. */
  async function describeAnswer(caller: Registry, target: string, query: string) {
    const { status, headers } = await caller.send("POST", `/v2/${target}/blobs/uploads/?${query}`)
    return { status, names: [...headers.keys()].filter((name) => name !== "date").toSorted() }
  }

  test("takes a blob from a repository that the token may pull from, and from no other", async () => {
    const open = freshRepository("open")
    const closed = freshRepository("closed")
    const target = freshRepository("target")
    const owner = holderOf(`repository:${open}:*`, `repository:${closed}:*`)
    const content = randomBytes(100)
    const digest = await pushBlob(owner, open, content)
    const secret = await pushBlob(owner, closed, randomBytes(100))
    const caller = holderOf(`repository:${target}:pull,push`, `repository:${open}:pull`)
    const missing = await describeAnswer(caller, target, `mount=${unknownDigest()}&from=${open}`)
    expect(missing.status).toBe(202)
    for (const from of [`&from=${closed}`, `&from=${open}`, "", `&from=${target}`])
      expect(await describeAnswer(caller, target, `mount=${secret}${from}`)).toEqual(missing)
    expect((await caller.send("GET", `/v2/${target}/blobs/${secret}`)).status).toBe(404)
    expect((await describeAnswer(caller, target, `mount=${digest}&from=${open}`)).status).toBe(201)
    expect(await (await caller.send("GET", `/v2/${target}/blobs/${digest}`)).bytes()).toEqual(content)
  })

  test("without from takes it from a repository that the token may pull from alone", async () => {
    const open = freshRepository("open")
    const target = freshRepository("target")
    const digest = await pushBlob(holderOf(`repository:${open}:*`), open, randomBytes(100))
    const own = [`repository:${target}:pull,push`, "registry:catalog:*"]
    const [stranger, reader] = [holderOf(...own), holderOf(...own, `repository:${open}:pull`)]
    expect((await describeAnswer(stranger, target, `mount=${digest}`)).status).toBe(202)
    expect((await describeAnswer(reader, target, `mount=${digest}`)).status).toBe(201)
  })
})

describe("names", () => {
  test("are listed and found by whoever has the right to all of them, and by nobody else", async () => {
    const repository = freshRepository("listed")
    await pushImage(holderOf(`repository:${repository}:*`), repository, { tag: "1" })
    const search = async (caller: Registry) => {
      const answer = await caller.send("GET", `/v1/search?q=${repository}`)
      return answer.status === 200 ? await answer.text() : answer.status
    }
    const catalog = async (caller: Registry) => {
      const answer = await caller.send("GET", "/v2/_catalog?n=1000")
      return answer.status === 200 ? await answer.text() : answer.status
    }
    const all = holderOf("registry:catalog:*")
    const finder = holderOf("registry:catalog:search")
    const reader = holderOf(`repository:${repository}:*`)
    expect(await catalog(all)).toContain(repository)
    expect(await search(all)).toContain(repository)
    expect(await search(finder)).toContain(repository)
    expect([await catalog(finder), await catalog(reader), await search(reader)]).toEqual([401, 401, 401])
    const asked = await reader.send("GET", "/v1/search?q=a")
    expect(headerOf(asked, "www-authenticate")).toContain(',scope="registry:catalog:search",error="insufficient_scope"')
  })
})

test("a refusal is the same for a repository that is there and one that is not", async () => {
  const repository = freshRepository("there")
  const owner = holderOf(`repository:${repository}:*`)
  await pushImage(owner, repository, { tag: "1" })
  const stranger = holderOf("repository:other:*")
  const answers = [repository, freshRepository("none")].map(async (name) => {
    const answer = await stranger.send("GET", `/v2/${name}/manifests/1`)
    const challenge = headerOf(answer, "www-authenticate").replaceAll(name, "NAME")
    return [answer.status, challenge, (await answer.text()).replaceAll(name, "NAME")]
  })
  const [there, none] = await Promise.all(answers)
  expect(there).toEqual(none ?? [])
  expect(there?.[0]).toBe(401)
})

test("a token is worth nothing in the place of a password, and a password nothing in that of a token", async () => {
  const basic = `Basic ${btoa(`alice:${issuer.issue()}`)}`
  const answer = await createRegistry(berth.url, { authorization: basic }).send("GET", "/v2/")
  expect(headerOf(answer, "www-authenticate")).toBe(`Bearer realm="https://auth.example/token",service="${SERVICE}"`)
  await expectError(answer, 401, "UNAUTHORIZED")
})

test("with autoredirect the challenge leads to the host that the client asked, as trusted proxies tell it", async () => {
  const redirecting = { ...token, autoredirect: true, autoredirectpath: "/auth/token" }
  const network = { trustedproxies: ["127.0.0.1"] }
  const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "registry.example" }
  await using own = await startBerth({ config: { auth: { token: redirecting } } })
  const plain = { "x-forwarded-proto": "http" }
  await using behind = await startBerth({ config: { auth: { token: redirecting }, network } })
  const ask = async ({ url }: Berth, headers: Record<string, string>) => {
    const answer = await createRegistry(url).send("GET", "/v2/", { headers })
    return /realm="([^"]*)"/.exec(headerOf(answer, "www-authenticate"))?.[1]
  }
  // As distribution: https, unless somebody who is believed says otherwise.
  expect([await ask(own, {}), await ask(own, forwarded), await ask(own, plain)]).toEqual(
    Array(3).fill(`https://${own.host}/auth/token`),
  )
  expect(await ask(behind, forwarded)).toBe("https://registry.example/auth/token")
  expect(await ask(behind, plain)).toBe(`http://${behind.host}/auth/token`)
})

test("neither tokens nor what they are signed with appear in the log", async () => {
  const secret = issuer.issue({ sub: "logged" })
  for (const authorization of [`Bearer ${secret}`, `Bearer ${secret.slice(0, -4)}AAAA`])
    await createRegistry(berth.url, { authorization }).send("GET", "/v2/_catalog")
  for (let attempt = 0; !berth.output().includes("token: refused"); attempt++) {
    if (attempt > 100) throw new Error("the refusal is not in the log")
    await Bun.sleep(20)
  }
  for (const part of secret.split(".")) expect(berth.output()).not.toContain(part.slice(0, -4))
})
