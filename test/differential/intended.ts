import type { Difference } from "./difference.ts"
import { intendedAnswers } from "./intended-answers.ts"
import { intendedFields } from "./intended-fields.ts"

/** A difference that is meant to be: a row of docs/differences.md. */
export interface Intended {
  field: string
  /** What docker-registry 2.8 answers, and what Berth does; in words where it is more than one text. */
  theirs: string
  ours: string
  /** Requests, as the reader of the table would say. */
  where: string
  reason: string
  explains(difference: Difference): boolean
}

export const intended: readonly Intended[] = [...intendedAnswers, ...intendedFields]

export function findIntended(difference: Difference): Intended | undefined {
  return intended.find((row) => row.field === difference.field && row.explains(difference))
}

/** The text of docs/differences.md. */
export function printDifferences(): string {
  const rows = intended.map(
    ({ where, field, theirs, ours, reason }) => `| ${where} | ${field} | ${theirs} | ${ours} | ${reason} |`,
  )
  return [
    INTRODUCTION,
    "| Request | What | docker-registry 2.8 | Berth | Why |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n")
}

const INTRODUCTION = `# Differences from registry:2

This page is generated: change the rows in \`test/differential\` and run \`node scripts/run.mjs scripts/generate-docs.ts\`.

\`test/differential\` sends the same requests, good and bad, to Debian's docker-registry (2.8) and to Berth, which have the same configuration file and the same variables, and compares the status, the headers that clients look at, and the body. What is not in this table is the same. \`answer\` is the status with the error's code; where it differs, nothing else of that answer is compared. Of 401s, unknown repositories, bad names and bad page sizes the whole error is the same.
`
