import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { access } from "./bad-input/access.ts"
import { config } from "./bad-input/config.ts"
import { digests } from "./bad-input/digests.ts"
import { framing } from "./bad-input/framing.ts"
import { failedLogIns } from "./bad-input/failed-log-ins.ts"
import { listing } from "./bad-input/listing.ts"
import { manifestContents } from "./bad-input/manifest-contents.ts"
import { manifests } from "./bad-input/manifests.ts"
import { names } from "./bad-input/names.ts"
import type { BadInput } from "./bad-input/row.ts"
import { slow } from "./bad-input/slow.ts"
import { subjects } from "./bad-input/subjects.ts"
import { tokens } from "./bad-input/tokens.ts"
import { uploads } from "./bad-input/uploads.ts"
import { startRegistry, type Registry } from "./client.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { writeServerCertificate } from "../support/server-certificate.ts"

// Ids stay with their input for good; where one is missing between two, it is tested elsewhere or not yet promised.
const EXPECTED = `
  B01 B02 B04 B05 B06 B08 B09 B10 B11 B12 B14 B15 B17 B18 B19 B20 B21 B22 B24 B26 B27 B28 B30 B32 B33 B34 B36 B37 B39
  B40 B42 B44 B45 B47 B48 B49 B50 B52 B53 B55 B56 B57 B59 B60 B61 B64 B69 B72 B73 B75 B79 B88 B91 B92 B93 B95 B100 B101 B102`

// Of those that wait, some take more than 20 s.
const LONGEST_MS = 60_000

const rows = [
  names,
  digests,
  manifests,
  manifestContents,
  subjects,
  uploads,
  listing,
  access,
  failedLogIns,
  tokens,
  framing,
  slow,
  config,
].flat()

/** Every answer of the registry goes by here: none may be one of the 5xx. */
function watch(started: Registry): Registry {
  return {
    ...started,
    send: async (method, target, options) => {
      const response = await started.send(method, target, options)
      if (response.status >= 500) throw new Error(`${method} ${target} was answered ${response.status}`)
      return response
    },
  }
}

const registries: { plain?: Registry; secure?: Registry } = {}
const scratch = createScratch("berth-bad-input")
beforeAll(async () => {
  registries.plain = watch(await startRegistry())
  const port = await findFreePort()
  const http = { addr: `127.0.0.1:${port}`, tls: writeServerCertificate(scratch.path) }
  registries.secure = watch(await startRegistry({ port, config: { http } }))
})
afterAll(async () => {
  await Promise.all([registries.plain?.stop(), registries.secure?.stop()])
  scratch[Symbol.dispose]()
})

// A row that takes no registry starts its own.
const onAny = rows.filter(({ check }) => check.length > 0)

describe("bad inputs", () => {
  test("every id has one row", () => {
    expect(rows.map(({ id }) => id).toSorted()).toEqual(EXPECTED.trim().split(/\s+/).toSorted())
  })

  for (const row of rows.filter(({ waits }) => waits !== true)) register(row, "plain", test)
  for (const row of rows.filter(({ waits }) => waits === true)) register(row, "plain", test.concurrent)
})

describe("bad inputs over TLS", () => {
  for (const row of onAny.filter(({ waits }) => waits !== true)) register(row, "secure", test)
  for (const row of onAny.filter(({ waits }) => waits === true)) register(row, "secure", test.concurrent)
})

function register({ id, input, needs, check }: BadInput, way: keyof typeof registries, run: typeof test): void {
  const isAbsent = needs !== undefined && Bun.which(needs) === null
  run.skipIf(isAbsent)(
    isAbsent ? `${id}: ${input} [absent: ${needs}]` : `${id}: ${input}`,
    async () => {
      const registry = registries[way]
      if (registry === undefined) throw new Error("the registry did not start")
      await check(registry)
      expect((await registry.send("GET", "/v2/")).status).toBe(200)
    },
    LONGEST_MS,
  )
}
