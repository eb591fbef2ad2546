import type { Observation } from "./observation.ts"

/** One request to which the two servers gave different answers. */
export interface Difference {
  /** Of the configuration, the scenario and its request. */
  request: string
  /** `answer` where the status differs: then nothing else is compared. Else a header, `body` or part of an error. */
  field: string
  /** Empty where the field is absent. */
  theirs: string
  ours: string
  /** Of Berth's answer: the status, and the code where it is an error. */
  status: string
  code: string
}

export function compare(request: string, theirs: Observation, ours: Observation): Difference[] {
  const status = ours["status"] ?? ""
  const code = ours["error code"] ?? ""
  if (theirs["status"] !== ours["status"])
    return [{ request, field: "answer", theirs: summarise(theirs), ours: summarise(ours), status, code }]
  const fields = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return [...fields]
    .map((field) => ({ request, field, theirs: theirs[field] ?? "", ours: ours[field] ?? "", status, code }))
    .filter((each) => each.theirs !== each.ours && !isDerived(each, theirs, ours))
}

/** The length of an answer whose body differs says nothing more; an error by HEAD has no body to compare. */
function isDerived({ request, field }: Difference, theirs: Observation, ours: Observation): boolean {
  if (field !== "content-length") return false
  const isError = Number(theirs["status"]) >= 400
  return isError || ["body", "error code"].some((name) => theirs[name] !== ours[name]) || request.includes("HEAD /v2/_")
}

function summarise(observation: Observation): string {
  return [observation["status"], observation["error code"]].filter((part) => part !== undefined).join(" ")
}
