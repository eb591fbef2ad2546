import { describe, expect, test } from "bun:test"
import { generateKeyPairSync } from "node:crypto"
import { createTokenIssuer, ISSUER, SERVICE, signToken, type Algorithm } from "../../../test/support/token-issuer.ts"
import { listScopes } from "../../domain/scope.ts"
import { describeIdentity } from "../../ports/identity.contract.ts"
import { formatBearerChallenge } from "./bearer-challenge.ts"
import { listKeyNames } from "./key-names.ts"
import { openTokenIdentity } from "./testing.ts"

const address = "192.0.2.1"
const issuer = createTokenIssuer()
const now = Math.floor(Date.now() / 1000)
const kid = "key-1"
const names = await listKeyNames(issuer.publicKey)
const keySet = [{ ...issuer.publicKey.export({ format: "jwk" }), kid }]

/** Tokens that are wrong in one way each. */
const other = createTokenIssuer()
const WRONG: [string, string][] = [
  ["of another issuer", issuer.issue({ iss: "other.example" })],
  ["of no issuer", issuer.issue({ iss: undefined })],
  ["for another audience", issuer.issue({ aud: "other.example" })],
  ["for a list of other audiences", issuer.issue({ aud: ["a", "b"] })],
  ["for no audience", issuer.issue({ aud: undefined })],
  ["that ended 61 seconds ago", issuer.issue({ exp: now - 61 })],
  ["without an end", issuer.issue({ exp: undefined })],
  ["with an end that is no number", issuer.issue({ exp: `${now + 300}` })],
  ["that begins in 65 seconds", issuer.issue({ nbf: now + 65 })],
  ["with a subject that is no text", issuer.issue({ sub: 7 })],
  ["with a line break in its subject", issuer.issue({ sub: "alice\nroot" })],
  ["with a subject of 256 bytes", issuer.issue({ sub: "a".repeat(256) })],
  ["with access that is no list", issuer.issue({ access: {} })],
  ["with access to nothing that has a name", issuer.issue({ access: [{ type: "repository", actions: ["pull"] }] })],
  ["with actions that are no texts", issuer.issue({ access: [{ type: "repository", name: "a", actions: [1] }] })],
  ["with no key named", issuer.issue({}, {})],
  ["with an unknown key named", issuer.issue({}, { kid: "other" })],
  ["with a key named that is no text", issuer.issue({}, { kid: ["key-1"] })],
  ["with a key of its own", other.issue({}, { jwk: other.publicKey.export({ format: "jwk" }) })],
  ["with a certificate of its own", other.issue()],
  ["with another's certificate", other.issue({}, { x5c: issuer.x5c })],
  ["with another's key named", other.issue({}, { kid })],
  ["with x5c that is no certificate", issuer.issue({}, { x5c: ["AAAA"], kid })],
  ["with an empty x5c", issuer.issue({}, { x5c: [], kid })],
  ["with a critical header that nobody knows", issuer.issue({}, { kid, crit: ["x"], x: 1 })],
  ["signed by nobody", `${unsigned({ alg: "none", kid })}.`],
  ["signed with the public key as a secret", signWithPublicKey()],
  ["of another algorithm than those configured", signToken({ alg: "ES384", kid }, {}, other.privateKey)],
  ["cut off", issuer.issue().slice(0, -2)],
  ["with a changed claim", issuer.issue().replace(/\.[^.]+\./, ".e30.")],
  ["of two parts", "a.b"],
  ["that is no token", "garbage"],
]

function unsigned(header: object): string {
  const claims = { iss: ISSUER, aud: SERVICE, exp: now + 300 }
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")
}

function signWithPublicKey(): string {
  const text = unsigned({ alg: "HS256", kid })
  const secret = issuer.publicKey.export({ type: "spki", format: "pem" })
  return `${text}.${new Bun.CryptoHasher("sha256", secret).update(text).digest("base64url")}`
}

const open = () => openTokenIdentity({ certificates: issuer.certificate, keySet, algorithms: ["ES256", "HS256"] })

describeIdentity("token", async () => {
  const subject = await open()
  const headers = [null, "", "Bearer", "Bearer ", `Basic ${issuer.issue()}`, issuer.issue()]
  return {
    identity: subject.identity,
    right: { credentials: { authorization: `Bearer ${issuer.issue()}`, address }, user: "alice" },
    wrong: [...headers, ...WRONG.map(([, token]) => `Bearer ${token}`)].map((authorization) => ({
      authorization,
      address,
    })),
    [Symbol.dispose]: () => subject[Symbol.dispose](),
  }
})

describe("a token", () => {
  test.each(WRONG)("%s lets nobody in, and the challenge calls it invalid", async (_, token) => {
    using subject = await open()
    expect(await subject.login(token)).toBeUndefined()
    const asked = { authorization: `Bearer ${token}`, scopes: [], isInsufficient: false, origin: "" }
    expect(subject.identity.challenge(asked)).toBe(
      `Bearer realm="https://auth.example/token",service="${SERVICE}",error="invalid_token"`,
    )
  })

  test.each([
    ["for a list of audiences", { aud: ["other.example", SERVICE] }],
    ["that ended 55 seconds ago", { exp: now - 55 }],
    ["that begins in 50 seconds", { nbf: now + 50 }],
    ["without a beginning", { nbf: undefined }],
    ["without access", { access: undefined }],
    ["with access to no actions", { access: [{ type: "repository", name: "a", actions: null }] }],
  ])("%s is right", async (_, claims) => {
    using subject = await open()
    expect((await subject.login(issuer.issue(claims)))?.id).toBe("alice")
  })

  test("says what may be done with what, by type and name", async () => {
    using subject = await open()
    const access = [
      { type: "repository", name: "a/b", actions: ["pull"] },
      { type: "repository", class: "plugin", name: "a/b", actions: ["push"] },
      { type: "repository(plugin)", name: "a/c", actions: ["pull"] },
      { type: "registry", name: "catalog", actions: ["*"] },
      { type: "registry", name: "other", actions: ["*"] },
    ]
    const actor = await subject.login(issuer.issue({ access }))
    expect(actor?.grants?.repositories).toEqual(new Map([["a/b", new Set(["pull", "push"])]]))
    expect(actor?.grants?.catalog).toEqual(new Set(["*"]))
  })

  test("without access gives no right at all", async () => {
    using subject = await open()
    const actor = await subject.login(issuer.issue({ access: undefined }))
    expect(actor).toEqual({
      id: "alice",
      quotaKey: "user:alice",
      grants: { repositories: new Map(), catalog: new Set() },
    })
  })

  test.each([[undefined], [""]])("of the subject %p is nobody's by name, and counted by address", async (sub) => {
    using subject = await open()
    const actor = await subject.login(issuer.issue({ sub }))
    expect([actor?.id, actor?.quotaKey]).toEqual(["anonymous", `address:${address}`])
  })

  test("is taken again without another check until it ends", async () => {
    using subject = await open()
    const token = issuer.issue()
    await subject.login(token)
    subject.clock.pass(355)
    expect((await subject.login(token))?.id).toBe("alice")
    subject.clock.pass(10)
    expect(await subject.login(token)).toBeUndefined()
  })
})

describe("a key is known", () => {
  const jwk = issuer.publicKey.export({ format: "jwk" })
  const [thumbprint = "", fingerprint = ""] = names

  test.each([
    ["by the name that the key set gives it", { kid }],
    ["by its thumbprint (RFC 7638)", { kid: thumbprint }],
    ["by libtrust's fingerprint", { kid: fingerprint }],
    ["when the header holds it", { jwk }],
    ["when the header holds it under a name that is not its own", { jwk: { ...jwk, kid: "other" } }],
    ["by its certificate", { x5c: issuer.x5c }],
    ["by its certificate in the key of the header", { jwk: { ...jwk, x5c: issuer.x5c } }],
  ])("%s", async (_, header) => {
    using subject = await open()
    expect((await subject.login(issuer.issue({}, header)))?.id).toBe("alice")
  })

  test("by its names when there is only its certificate", async () => {
    using subject = await openTokenIdentity({ certificates: issuer.certificate })
    for (const name of [thumbprint, fingerprint])
      expect((await subject.login(issuer.issue({}, { kid: name })))?.id).toBe("alice")
    expect(await subject.login(issuer.issue({}, { kid }))).toBeUndefined()
  })
})

describe("algorithms", () => {
  test.each(["RS256", "PS256", "ES256", "ES384", "EdDSA"] as const)(
    "%s is taken when configured",
    async (algorithm) => {
      const own = createTokenIssuer(algorithm)
      using subject = await openTokenIdentity({ certificates: own.certificate, algorithms: [algorithm] })
      expect((await subject.login(own.issue()))?.id).toBe("alice")
      const others: Algorithm[] = ["RS256", "ES256"]
      using strict = await openTokenIdentity({
        certificates: own.certificate,
        algorithms: others.filter((each) => each !== algorithm),
      })
      expect(await strict.login(own.issue())).toBeUndefined()
    },
  )

  test("a key that names one is taken for that one alone", async () => {
    const own = createTokenIssuer("RS256")
    const named = { ...own.publicKey.export({ format: "jwk" }), kid, alg: "PS256" }
    using subject = await openTokenIdentity({ keySet: [named], algorithms: ["RS256", "PS256"] })
    expect(await subject.login(own.issue({}, { kid }))).toBeUndefined()
    const claims = { iss: ISSUER, sub: "alice", aud: SERVICE, exp: now + 300 }
    const token = signToken({ alg: "PS256", kid }, claims, own.privateKey)
    expect((await subject.login(token))?.id).toBe("alice")
  })

  test("a key of another type than the algorithm's is refused", async () => {
    const [own, attacker] = [createTokenIssuer("EdDSA"), createTokenIssuer("RS256")]
    const named = { ...own.publicKey.export({ format: "jwk" }), kid }
    using subject = await openTokenIdentity({ keySet: [named], algorithms: ["RS256", "EdDSA"] })
    expect(await subject.login(attacker.issue({}, { kid }))).toBeUndefined()
    expect((await subject.login(own.issue({}, { kid })))?.id).toBe("alice")
  })
})

describe("the challenge", () => {
  const asked = { authorization: null, scopes: [], isInsufficient: false, origin: "https://registry.example:5000" }

  test("names what is asked for, each repository once", async () => {
    using subject = await open()
    const scopes = [...listScopes("push", "a/b"), ...listScopes("pull", "c/d"), ...listScopes("pull", "a/b")]
    expect(subject.identity.challenge({ ...asked, scopes })).toBe(
      `Bearer realm="https://auth.example/token",service="${SERVICE}",scope="repository:a/b:pull,push repository:c/d:pull"`,
    )
    expect(subject.identity.challenge({ ...asked, scopes: listScopes("catalog", "") })).toEndWith(
      ',scope="registry:catalog:*"',
    )
  })

  test("says that a right token does not reach so far", async () => {
    using subject = await open()
    const denial = { ...asked, authorization: `Bearer ${issuer.issue()}`, isInsufficient: true }
    expect(subject.identity.challenge({ ...denial, scopes: listScopes("delete", "a/b") })).toEndWith(
      ',scope="repository:a/b:delete",error="insufficient_scope"',
    )
  })

  test("speaks of no error to whoever brought a password or nothing", async () => {
    using subject = await open()
    for (const authorization of [null, "", "Basic YTpi", "Bearer"])
      expect(subject.identity.challenge({ ...asked, authorization })).not.toContain("error")
  })

  test("leads to a path on the registry's own host where that is set", async () => {
    using subject = await openTokenIdentity({ certificates: issuer.certificate, redirectPath: "/auth/token" })
    expect(subject.identity.challenge(asked)).toBe(
      `Bearer realm="https://registry.example:5000/auth/token",service="${SERVICE}"`,
    )
  })

  test("names a service that is not ASCII in UTF-8, as the issuer will read it", () => {
    const challenge = formatBearerChallenge({ realm: "r", service: "Hafen ü", scope: "" })
    expect(Buffer.from(challenge, "latin1").toString()).toBe('Bearer realm="r",service="Hafen ü"')
  })

  test("quotes what the client wrote", async () => {
    using subject = await open()
    const scopes = listScopes("pull", 'a"b\\\r\nX: y')
    expect(subject.identity.challenge({ ...asked, scopes })).toEndWith(
      String.raw`,scope="repository:a\"b\\??X: y:pull"`,
    )
  })
})

test("a secret, a key for encryption and a short one are left out, with a warning each", async () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" })
  const unfit = [
    { kty: "oct", k: "AQAB", kid: "secret" },
    { ...issuer.publicKey.export({ format: "jwk" }), kid: "enc", use: "enc" },
    { ...weak, kid: "weak" },
    { kid: "nothing" },
  ]
  using subject = await openTokenIdentity({ keySet: [...unfit, ...keySet], algorithms: ["ES256", "HS256", "RS256"] })
  expect(subject.warnings()).toHaveLength(4)
  expect((await subject.login(issuer.issue({}, { kid })))?.id).toBe("alice")
  expect(await subject.login(issuer.issue({}, { kid: "enc" }))).toBeUndefined()
})
