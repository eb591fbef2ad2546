import { type KnownKey, listKnownKeys } from "./known-keys.ts"
import { variableOf } from "./variables.ts"

const OWN_SECTIONS = listKnownKeys()
  .filter(({ notes }) => notes.kind === "section" && notes.unknownKeys === "refuse")
  .map(({ key }) => `\`${key}\``)
  .join(", ")

const INTRODUCTION = `# Configuration

This page is generated from the program: change the descriptions in \`src/config\` and run \`node scripts/run.mjs scripts/generate-docs.ts\`.

\`berth serve config.yml\` reads a YAML file in the form of distribution (\`registry:2\`, \`registry:3\`), so that an existing file is served as it is. Without an argument, \`serve\` and all other commands read the file that \`REGISTRY_CONFIGURATION_PATH\` names; without that, the first that exists of \`BERTH_CONFIGURATION_PATHS\` (paths parted by colons, for images); without that, the defaults below hold, everything is kept in \`./data\` and deletes are allowed.

\`berth config check config.yml\` tells every value that holds, where it came from, and what is wrong; \`berth config print config.yml\` writes the configuration with all defaults. Neither shows a secret unless \`print\` is given \`--show-secrets\`.

Each key can be overridden by an environment variable: \`REGISTRY_\` and the key's path in capitals, joined by \`_\`. Its value is read as YAML. Variables are applied in alphabetical order, sections before what they hold: \`REGISTRY_STORAGE=inmemory\` replaces all that the file says under \`storage\`. An element of a list is set by its index (\`REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL\`; the next free one adds an element, one beyond stops the start), an entry of a map by its name. Below, \`0\` stands for an index and \`NAME\` for a name of yours.

- A secret (\`http.secret\`, \`events.endpoints.NAME.hmackey\`) can stand in a file: its variable with \`_FILE\` at the end names the path.
- Durations are written as in Go: \`90s\`, \`1h30m\`, \`500ms\`. A bare number is nanoseconds, as in distribution, except in Berth's own sections, where a unit is needed and may also be a day or a week: \`90d\`, \`2w\`. In \`health\` and \`notifications\` less than a millisecond (in \`storage.maintenance.uploadpurging\`: a second) is taken for a slip, and the default counts. Sizes are plain numbers of bytes.
- Every problem is reported at once, with its key, the value seen and what is allowed; the server then does not start.
- An unknown key in one of distribution's sections is named in a warning; in \`storage\`, in \`auth\` and in one of Berth's own sections (${OWN_SECTIONS}) it stops the start. At the top a name that looks like a known one stops the start, another is named in a warning, and one that begins with \`x-\` is passed over.
`

/** Writes the reference of all keys, in Markdown. */
export function printReference(): string {
  const known = listKnownKeys()
  const sections = Map.groupBy(known, sectionOf)
  const tables = [...sections].map(([section, keys]) => printSection(section, keys))
  return `${INTRODUCTION}\n${tables.join("")}${printIgnored(known)}\n${printRefused(known)}`
}

function sectionOf({ key }: KnownKey): string {
  return key.includes(".") ? key.slice(0, key.indexOf(".")) : "Top level"
}

function printSection(section: string, keys: readonly KnownKey[]): string {
  const rows = keys.map(printRow).join("")
  return rows === ""
    ? ""
    : `## ${section}\n\n| Key | Variable | Default | Allowed | Meaning |\n|---|---|---|---|---|\n${rows}\n`
}

function printRow({ key, notes }: KnownKey): string {
  const name = `\`${key}\` | \`${variableOf(key)}`
  switch (notes.kind) {
    case "section":
      return notes.meaning === undefined ? "" : `| \`${key}\` | \`${printChoice(key)}\` |  |  | ${notes.meaning} |\n`
    case "value":
    case "list":
    case "map":
    case "map of lists": {
      const entry = notes.kind.startsWith("map") ? "_…" : ""
      const standard = notes.standard === "" ? "" : `\`${notes.standard}\``
      return `| ${name}${entry}\` | ${standard} | ${notes.allowed} | ${notes.meaning} |\n`
    }
    case "sections":
    case "map of sections":
    case "no effect":
    case "refused":
      return ""
  }
}

// A driver without parameters is chosen by naming it: REGISTRY_STORAGE=inmemory.
function printChoice(key: string): string {
  const end = key.lastIndexOf(".")
  return `${variableOf(key.slice(0, end))}=${key.slice(end + 1)}`
}

function printIgnored(known: readonly KnownKey[]): string {
  const rows = known.flatMap(({ key, notes }) => (notes.kind === "no effect" ? printIdle(key, notes, known) : []))
  return `## Accepted without effect\n\nDistribution knows these, and here nothing comes of them. Who sets one is told so at the start.\n\n${rows.join("")}`
}

function printIdle(key: string, { reason }: { reason: string }, known: readonly KnownKey[]): string[] {
  const isAsAbove = known.some(
    (other) => key.startsWith(`${other.key}.`) && other.notes.kind === "no effect" && other.notes.reason === reason,
  )
  return isAsAbove ? [] : [`- \`${key}\`: ${reason}\n`]
}

function printRefused(known: readonly KnownKey[]): string {
  const rows = known.flatMap(({ key, notes }) => (notes.kind === "refused" ? `- \`${key}\`: ${notes.reason}\n` : []))
  return `## Refused\n\nDistribution knows these too. To pass over them would change who may do what, or where things are kept, so the server does not start with them.\n\n${rows.join("")}`
}
