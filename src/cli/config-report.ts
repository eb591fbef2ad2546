import { formatProblem } from "../config/config-error.ts"
import { buildTree, type ExplainedSetting, type Explanation, type Origin } from "../config/explain.ts"
import { REDACTED, type SettingNode, type SettingTree, withoutPasswords } from "../config/setting-tree.ts"
import { printYaml } from "../config/yaml-text.ts"

/** Writes for a person what holds, section by section, and what is wrong. */
export function printCheck(explanation: Explanation): string {
  const { source = "no file", settings, warnings, problems } = explanation
  const verdict = problems.length === 0 ? "can be used" : "cannot be used"
  const sections = [...Map.groupBy(settings, ({ path: [first = "", second] }) => (second === undefined ? "" : first))]
  const blocks = sections.map(([section, own]) => `\n${section === "" ? "" : `${section}\n`}${printRows(own, source)}`)
  return `${source}: ${verdict}\n${blocks.join("")}${printList("Warnings", warnings)}${printList("Problems", problems.map(formatProblem))}`
}

export function printCheckAsJson({ source, settings, warnings, problems }: Explanation): string {
  const rows = settings.map((setting) => ({
    key: setting.path.join("."),
    value: redact(setting) ?? null,
    origin: setting.origin,
    ...(setting.idleReason !== undefined && { noEffect: setting.idleReason }),
  }))
  const report = { file: source ?? null, isUsable: problems.length === 0, settings: rows, warnings, problems }
  return `${JSON.stringify(report)}\n`
}

/** Writes the effective configuration so that Berth can read it again. */
export function printAsYaml(explanation: Explanation, showsSecrets: boolean): Promise<string> {
  return printYaml(buildShownTree(explanation, showsSecrets))
}

/** The same as JSON, every value as its text. */
export function printAsJson(explanation: Explanation, showsSecrets: boolean): string {
  return `${JSON.stringify(buildShownTree(explanation, showsSecrets))}\n`
}

function buildShownTree(explanation: Explanation, showsSecrets: boolean): SettingTree {
  return buildTree(explanation, showsSecrets ? ({ value }) => value : redact)
}

function printRows(settings: readonly ExplainedSetting[], source: string): string {
  const rows = settings.map((setting) => {
    const reason = setting.idleReason === undefined ? "" : `, no effect: ${setting.idleReason}`
    return [
      setting.path.slice(setting.path.length > 1 ? 1 : 0).join("."),
      printValue(redact(setting)),
      `${printOrigin(setting.origin, source)}${reason}`,
    ]
  })
  const widths = [0, 1].map((column) => Math.min(50, Math.max(...rows.map((row) => row[column]?.length ?? 0))))
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("")
}

function printValue(value: SettingNode | undefined): string {
  if (value === undefined) return "not set"
  if (typeof value === "string") return value === "" ? '""' : value
  return JSON.stringify(value)
}

function printOrigin(origin: Origin, source: string): string {
  switch (origin.kind) {
    case "default":
      return "default"
    case "file":
      return origin.line === undefined ? source : `${source}:${origin.line}`
    case "variable":
      return origin.name
  }
}

function redact({ value, isSecret }: ExplainedSetting): SettingNode | undefined {
  if (value === undefined) return undefined
  if (isSecret) return Array.isArray(value) ? value.map(() => REDACTED) : REDACTED
  if (typeof value === "string") return withoutPasswords(value)
  return Array.isArray(value)
    ? value.map((element: SettingNode) => (typeof element === "string" ? withoutPasswords(element) : element))
    : value
}

function printList(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`
}
