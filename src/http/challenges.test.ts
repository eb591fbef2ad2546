import { describe, expect, test } from "bun:test"
import { createChallengeApp } from "./challenges.ts"

const challenges = { find: (token: string) => (token === "known" ? "known.thumbprint" : undefined) }
const app = createChallengeApp({ challenges, hosts: ["Registry.example", "other.example"], httpsPort: 443 })

function ask(path: string, init: RequestInit & { host?: string } = {}): Response {
  const { host = "registry.example", ...rest } = init
  return app(new Request(`http://registry.example${path}`, { ...rest, headers: { host } }))
}

describe("the port without TLS", () => {
  test("answers an authority, whatever host it names", async () => {
    for (const host of ["registry.example", "registry.example:80", "10.0.0.1"]) {
      const response = ask("/.well-known/acme-challenge/known", { host })
      expect([response.status, await response.text()]).toEqual([200, "known.thumbprint"])
    }
  })

  test.each([
    "/.well-known/acme-challenge/unknown",
    "/.well-known/acme-challenge/",
    "/.well-known/acme-challenge/a/known",
  ])("has nothing at %s", (path) => {
    expect(ask(path).status).toBe(404)
  })

  test("sends everybody else to the same place under TLS", () => {
    const response = ask("/v2/a/tags/list?n=1", { host: "REGISTRY.example:8080" })
    expect(response.status).toBe(308)
    expect(response.headers.get("location")).toBe("https://registry.example/v2/a/tags/list?n=1")
  })

  test("names the port of TLS where that is another", () => {
    const elsewhere = createChallengeApp({ challenges, hosts: ["registry.example"], httpsPort: 5000 })
    const response = elsewhere(new Request("http://registry.example/v2/", { headers: { host: "registry.example" } }))
    expect(response.headers.get("location")).toBe("https://registry.example:5000/v2/")
  })

  test("sends nobody to a host that it has no certificate for", () => {
    expect(ask("/v2/", { host: "evil.example" }).status).toBe(404)
    expect(ask("/v2/", { host: "evil.example/registry.example" }).status).toBe(400)
  })

  test("does not take what must not be sent without TLS", () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) expect(ask("/v2/", { method }).status).toBe(400)
  })
})
