import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { RegistryError, type ErrorCode } from "../../src/domain/errors.ts"
import { toErrorResponse } from "../../src/http/error-response.ts"

const ROOT = join(import.meta.dir, "..", "..")

interface Entry {
  code: string
  wireCode: string
  status: number
}

test("docs/errors.md lists every code once, as it is on the wire", async () => {
  const answered = await Promise.all(listCodes().map(describeAnswer))
  expect(answered.length).toBeGreaterThan(20)
  expect(readPage()).toEqual(answered.toSorted(byCode))
})

/** The union has no value at run time: its members are read from the source. */
function listCodes(): ErrorCode[] {
  const source = readFileSync(join(ROOT, "src", "domain", "errors.ts"), "utf8")
  const union = /export type ErrorCode =\n((?: *\| "[A-Z_]+"\n)+)/.exec(source)?.[1] ?? ""
  return [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code as ErrorCode)
}

async function describeAnswer(code: ErrorCode): Promise<Entry> {
  const response = toErrorResponse(new RegistryError(code, "a test"), {})
  const { errors } = (await response.json()) as { errors: { code: string }[] }
  return { code, wireCode: errors[0]?.code ?? "", status: response.status }
}

function readPage(): Entry[] {
  const page = readFileSync(join(ROOT, "docs", "errors.md"), "utf8")
  const rows = page.matchAll(/^\| `([A-Z_]+)` \| `([A-Z_]+)` \| (\d+) \| [^|]+ \| [^|]+ \|$/gm)
  return [...rows]
    .map(([, code = "", wireCode = "", status]) => ({ code, wireCode, status: Number(status) }))
    .sort(byCode)
}

function byCode(a: Entry, b: Entry): number {
  return a.code < b.code ? -1 : 1
}
