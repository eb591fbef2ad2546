import { describe, expect, test } from "bun:test"
import { startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createRegistry } from "./client.ts"

// RFC 7234, section 5.5: warn-code, warn-agent and a quoted text; the spec fixes code and agent and forbids a date.
const WARNING = /^299 - "(?:[^"\\]|\\.)*"$/

async function warningsAt(addr: string, port: number): Promise<{ warnings: string; output: string }> {
  await using berth = await startBerth({ port, config: { http: { addr } } })
  const response = await createRegistry(berth.url).send("GET", "/v2/")
  expect(response.status).toBe(200)
  return { warnings: response.headers.get("warning") ?? "", output: berth.output() }
}

describe("distribution-spec, Warnings", () => {
  test("Berth open to the network without authentication says so at start and in /v2/, in the spec's form", async () => {
    const port = await findFreePort()
    const { warnings, output } = await warningsAt(`0.0.0.0:${port}`, port)
    expect(warnings).toMatch(WARNING)
    expect(new TextEncoder().encode(warnings).length).toBeLessThanOrEqual(4096)
    expect(output.toLowerCase()).toContain("authentication")
  })

  test("Berth on loopback has nothing to warn of", async () => {
    const port = await findFreePort()
    expect((await warningsAt(`127.0.0.1:${port}`, port)).warnings).toBe("")
  })
})
