import { readHeaders } from "../support/answer-headers.ts"

/** What is compared of an answer: its status, the headers that clients look at, and its body. */
export type Observation = Readonly<Record<string, string>>

/** Beside what clients go by. */
const HEADERS = ["access-control-allow-origin", "warning", "x-content-type-options"]

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const STATE = /([?&])_state=[\w%=-]+&?/g

/** Reads an answer; what differs from run to run (identifiers, the server's own port) is named instead. */
export async function observe(response: Response, host: string): Promise<Observation> {
  const named = (text: string) =>
    text.replaceAll(host, "<host>").replaceAll(STATE, "$1").replaceAll(/[?&]$/g, "").replaceAll(UUID, "<uuid>")
  const fields: Record<string, string> = { status: String(response.status) }
  for (const [name, value] of Object.entries(readHeaders(response, HEADERS)))
    fields[name] = named((ORDERED[name] ?? String)(value))
  const text = named(await response.text().catch(() => "the connection was cut"))
  return { ...fields, ...(readErrors(text) ?? { body: describeBody(text) }) }
}

/** An error's parts are compared one by one: clients go by the code. */
function readErrors(text: string): Record<string, string> | undefined {
  if (!text.startsWith('{"errors":')) return undefined
  const { errors } = JSON.parse(text) as { errors: { code: string; message: string; detail?: unknown }[] }
  return {
    "error code": errors.map(({ code }) => code).join(", "),
    "error message": errors.map(({ message }) => message).join(", "),
    "error detail": errors.map(({ detail }) => JSON.stringify(detail) ?? "").join(", "),
  }
}

/** Lists whose order says nothing, and is another each time where the server keeps them in a map. */
const ORDERED: Readonly<Record<string, (value: string) => string>> = {
  allow: sortedList,
  "www-authenticate": (value) =>
    value.replace(/(?<=scope=")[^"]*/, (scopes) =>
      scopes
        .split(" ")
        .map((scope) => scope.replace(/[^:]*$/, (actions) => actions.split(",").toSorted().join(",")))
        .toSorted()
        .join(" "),
    ),
}

function sortedList(value: string): string {
  return value.split(", ").toSorted().join(", ")
}

/** JSON without regard to the order of keys and to white space; of several errors, each in full. */
function describeBody(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)))
  } catch {
    return text.length > 200 ? `${text.slice(0, 50)}… (${text.length} characters)` : text
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
