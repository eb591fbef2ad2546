import { describe, expect, test } from "bun:test"
import { emptyLinkTree } from "../adapters/link-tree/empty.ts"
import type { AdoptionReportView, AdoptionView } from "../contract/adoption.ts"
import { openApi } from "../http/api/testing.ts"
import type { Operator } from "./operator.ts"
import { runCommand } from "./testing.ts"

const run = (answer: Operator["ask"], isServer: boolean, ...argv: string[]) => runCommand({ answer, isServer }, ...argv)

/** A server that is in each of the states in turn, and stays in the last. */
function serve(...views: AdoptionView[]): Operator["ask"] {
  return async (request) => {
    if (request.url.includes("/problems")) return Response.json({ items: [] })
    return Response.json(views.length > 1 ? views.shift() : views[0])
  }
}

const progress = { repositories: 0, links: 0 }
const report: AdoptionReportView = {
  startedAt: "2026-01-01T00:00:00.000Z",
  finishedAt: "2026-01-01T00:00:02.000Z",
  seconds: 2,
  counts: { repositories: 2, tags: 3, manifests: 4, blobs: 5, uploads: 0, changes: 6 },
  problems: {},
}

test("--report and --dry-run together are refused", async () => {
  const { code, out, err } = await run(serve({ state: "idle", progress }), true, "adopt", "--report", "--dry-run")
  expect({ code, out }).toEqual({ code: 2, out: "" })
  expect(err).toContain("cannot be used with option '--report'")
})

describe("--json", () => {
  test("reports zeros for a directory without links", async () => {
    const { api, metadata } = await openApi()
    const { code, out } = await run(async (request) => api.fetch(request), true, "adopt", "--json")
    expect(code).toBe(0)
    const counts = { repositories: 0, tags: 0, manifests: 0, blobs: 0, uploads: 0, changes: 0 }
    expect(JSON.parse(out)).toMatchObject({ counts, problems: {}, list: [] })
    await metadata.close()
  })
})

describe("--report", () => {
  test("waits for the run of a server, and then tells what it found", async () => {
    const views: AdoptionView[] = [
      { state: "waiting", progress },
      { state: "running", progress },
    ]
    const asked = serve(...views, { state: "idle", progress, report })
    const { code, out, err } = await run(asked, true, "adopt", "--report")
    expect(code).toBe(0)
    expect(out).toStartWith(
      "as of 2026-01-01 00:00 UTC, when everything was looked at; berth adopt does it anew\n\n2 repositories, 3 tags",
    )
    expect(err).toContain("waiting for the end")
  })

  test("tells of a later run that looked at what had changed, in the text and as JSON", async () => {
    const changes = { ...report.counts, changes: 1 }
    const later = { finishedAt: "2026-03-04T05:06:07.000Z", counts: changes, problems: { "link-empty": 2 } }
    const asked = serve({ state: "idle", progress, report, latest: { ...report, ...later } })
    const { out } = await run(asked, true, "adopt", "--report")
    expect(out).toContain(
      "since then, at the start on 2026-03-04 05:06 UTC: 1 link taken over, link-empty: 2\n\n2 repo",
    )
    const { out: json } = await run(asked, true, "adopt", "--report", "--json")
    expect(JSON.parse(json)).toMatchObject({ startedAt: report.startedAt, latest: later })
  })

  test("says that no run has ended where no server is", async () => {
    const { code, err } = await run(serve({ state: "waiting", progress }), false, "adopt", "--report")
    expect(code).toBe(1)
    expect(err).toContain("run berth adopt")
  })
})

test.each([
  [true, "still being taken over"],
  [false, "berth adopt does it"],
])("a list of repositories that is partial says so; by a server: %p", async (isServer, words) => {
  const { api, metadata, adoption } = await openApi({ ...emptyLinkTree, exists: () => Promise.resolve(true) })
  const list = () => run(async (request) => api.fetch(request), isServer, "repository", "list")
  expect((await list()).err).toBe("")
  await adoption.open()
  const { code, err } = await list()
  expect(code).toBe(0)
  expect(err).toContain(words)
  const answer = await api.fetch(new Request("http://berth/api/v1/repositories"))
  expect(await answer.json()).toEqual({ items: [], isPartial: true })
  await metadata.close()
})
