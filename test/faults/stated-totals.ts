import { describeCounts, type Sums } from "./saved-totals.ts"

const BLOCK = /(?<=<!-- totals:begin -->\n).*?(?=<!-- totals:end -->)/s

/** What PROMISES.md adds up: the techniques that count the same under one name. */
const SUMMED: readonly { what: string; name: string; techniques: readonly string[] }[] = [
  { what: "times killed", name: "kills", techniques: ["kills", "points", "file-calls", "system-calls"] },
  { what: "images of power cuts", name: "images", techniques: ["power-cuts"] },
  { what: "injected faults", name: "faults", techniques: ["faults"] },
  { what: "schedules", name: "schedules", techniques: ["schedules"] },
  { what: "histories", name: "histories", techniques: ["histories"] },
  { what: "commands of the protocol", name: "commands", techniques: ["protocol"] },
  { what: "executions of fuzzing", name: "executions", techniques: ["fuzz"] },
  { what: "minutes of soak", name: "minutes", techniques: ["soak"] },
]

/** The page with these sums in its block. */
export function stateTotals(page: string, sums: Sums): string {
  if (!BLOCK.test(page)) throw new Error("PROMISES.md has lost the marks of its block of totals")
  return page.replace(BLOCK, () => printTotals(sums))
}

function printTotals(sums: Sums): string {
  const rows = Object.entries(sums)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([technique, { runs = 0, losses = 0, ...counts }]) =>
        `| \`${technique}\` | ${runs} | ${describeCounts(counts)} | ${losses} |`,
    )
  return [
    "",
    `Together: ${summarize(sums)}.`,
    "",
    "| Technique | Runs | What was tried | Losses |",
    "|---|---|---|---|",
    ...rows,
    "",
    "",
  ].join("\n")
}

function summarize(sums: Sums): string {
  return SUMMED.flatMap(({ what, name, techniques }) => {
    const sum = techniques.reduce((total, technique) => total + (sums[technique]?.[name] ?? 0), 0)
    return sum === 0 ? [] : [`${Math.floor(sum).toLocaleString("en-US")} ${what}`]
  }).join(", ")
}
