import { parse } from "yaml"

/** The program's own words for the outcome of a test, in the order in which it counts them. */
export const OUTCOMES = ["Disabled", "Skip", "Pass", "FAIL", "Error", "Total"] as const

export type Totals = Record<(typeof OUTCOMES)[number], number>

export interface OfficialReport {
  totals: Totals
  /** Tests and groups that failed, were skipped or broke, by name. */
  failures: string[]
}

interface Results {
  apis: Record<string, string>
  data: Record<string, string>
}

/** The one part of the program that stays off in every version: manifests whose blobs were never pushed. */
const NEVER_ENABLED = "Sparse Manifests"

/**
 * Reads what the program printed (a tree of `name: outcome`, then the totals) and its results.yaml (the outcome of each
 * API and each kind of data). Throws where the totals are not to be found.
 */
export function readReport(output: string, results: string): OfficialReport {
  const entries = OUTCOMES.map((outcome): [string, number] => {
    const count = new RegExp(`^ *${outcome}\\.+: *([0-9]+)$`, "m").exec(output)?.[1]
    if (count === undefined) throw new Error(`the program printed no total of ${outcome}`)
    return [outcome, Number(count)]
  })
  const { apis, data } = parse(results) as Results
  const groups = Object.entries({ ...apis, ...data })
    .filter(([name, outcome]) => outcome !== "Pass" && !(name === NEVER_ENABLED && outcome === "Disabled"))
    .map(([name, outcome]) => `${name}: ${outcome}`)
  return { totals: Object.fromEntries(entries) as Totals, failures: [...groups, ...listLeaves(output)] }
}

/** The program exits 0 with skips and on a mistake in its configuration, so its exit code says nothing. */
export function isClean({ totals, failures }: OfficialReport): boolean {
  return totals.Pass > 0 && totals.FAIL === 0 && totals.Error === 0 && totals.Skip === 0 && failures.length === 0
}

/** Each failing test with its reasons, which follow it indented and after a dash; groups repeat their tests and are left out. */
function listLeaves(output: string): string[] {
  const lines = output.split("\n")
  return lines.flatMap((line, index) => {
    const match = /^ *OCI Conformance Test\/(.+): (FAIL|Error|Skip)$/.exec(line)
    if (match === null) return []
    const isGroup = /^ *OCI Conformance Test\//.test(lines[index + 1] ?? "") && indent(lines[index + 1]) > indent(line)
    const reasons = lines.slice(
      index + 1,
      lines.findIndex((next, at) => at > index && !/^ +- /.test(next)),
    )
    return isGroup ? [] : [[`${match[1]}: ${match[2]}`, ...reasons.map((reason) => reason.trim())].join(" ")]
  })
}

function indent(line = ""): number {
  return line.length - line.trimStart().length
}
