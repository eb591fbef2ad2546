import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../../support/berth.ts"
import { createScratch } from "../../support/scratch.ts"
import { createTokenIssuer, ISSUER, SERVICE, type TokenIssuer } from "../../support/token-issuer.ts"
import { createRegistry, expectError, headerOf } from "../client.ts"
import type { BadInput } from "./row.ts"

/** Sends a request with a token. */
type Send = (target: string, token: string, method?: string) => Promise<Response>

async function withIssuer(check: (issuer: TokenIssuer, send: Send) => Promise<void>): Promise<void> {
  using scratch = createScratch("berth-bad-tokens")
  const issuer = createTokenIssuer()
  const rootcertbundle = join(scratch.path, "issuer.pem")
  writeFileSync(rootcertbundle, issuer.certificate)
  const token = { realm: "https://auth.example/token", service: SERVICE, issuer: ISSUER, rootcertbundle }
  await using berth = await startBerth({ config: { auth: { token } } })
  const registry = createRegistry(berth.url)
  await check(issuer, (target, text, method = "GET") =>
    registry.send(method, target, { headers: { authorization: `Bearer ${text}` } }),
  )
}

async function expectClaims(send: Send, issuer: TokenIssuer, wrong: object[], right: object[]): Promise<void> {
  for (const claims of wrong) {
    const response = await send("/v2/", issuer.issue({ ...claims }))
    expect({ claims, challenge: headerOf(response, "www-authenticate") }).toEqual({
      claims,
      challenge: expect.stringContaining('error="invalid_token"'),
    })
    await expectError(response, 401, "UNAUTHORIZED")
  }
  for (const claims of right)
    expect({ claims, status: (await send("/v2/", issuer.issue({ ...claims }))).status }).toEqual({
      claims,
      status: 200,
    })
}

export const tokens: BadInput[] = [
  {
    id: "B72",
    input: "tokens for another audience, of another issuer, or that do not say",
    check: () =>
      withIssuer((issuer, send) =>
        expectClaims(
          send,
          issuer,
          [{ aud: "other" }, { aud: undefined }, { aud: ["other"] }, { aud: [] }, { iss: "other" }, { iss: undefined }],
          [{ aud: SERVICE }, { aud: ["other", SERVICE] }],
        ),
      ),
  },
  {
    id: "B73",
    input: "tokens that have ended, have not begun, or never end",
    check: () =>
      withIssuer((issuer, send) => {
        const now = Math.floor(Date.now() / 1000)
        return expectClaims(
          send,
          issuer,
          [{ exp: now - 65 }, { nbf: now + 90 }, { exp: undefined }, { exp: String(now + 300) }],
          // Clocks that do not agree: up to a minute.
          [{ exp: now - 30 }, { nbf: now + 30 }],
        )
      }),
  },
  {
    id: "B75",
    input: "tokens that do not reach so far",
    check: () =>
      withIssuer(async (issuer, send) => {
        const access = [{ type: "repository", name: "a", actions: ["pull"] }]
        const text = issuer.issue({ access })
        expect((await send("/v2/a/manifests/latest", text)).status).toBe(404)
        const beyond: [string, string][] = [
          ["POST", "/v2/a/blobs/uploads/"],
          ["GET", "/v2/a/b/manifests/latest"],
          ["GET", "/v2/ab/manifests/latest"],
          ["GET", "/v2/_catalog"],
        ]
        for (const [method, target] of beyond) {
          const response = await send(target, text, method)
          expect(headerOf(response, "www-authenticate")).toContain('error="insufficient_scope"')
          await expectError(response, 401, "UNAUTHORIZED")
        }
        // No name has a star: this one is of a repository that nobody can ask for.
        const all = issuer.issue({ access: [{ type: "repository", name: "*", actions: ["*"] }] })
        await expectError(await send("/v2/a/manifests/latest", all), 401, "UNAUTHORIZED")
      }),
  },
]
