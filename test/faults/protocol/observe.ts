import { readHeaders } from "../../support/answer-headers.ts"
import type { Answer, Question } from "./question.ts"

/** Beside what clients of every registry go by. */
const HEADERS = ["oci-chunk-min-length", "oci-filters-applied", "oci-tag"]

/** Reads an answer into the form that the model's have. Throws where a length or an error's form is wrong. */
export async function observe(response: Response, { method }: Question): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const headers = readHeaders(response, HEADERS)
  const { status } = response
  const stated = headers["content-length"]
  if (method !== "HEAD" && stated !== undefined && Number(stated) !== bytes.length)
    throw new Error(`Content-Length ${stated} of an answer with ${bytes.length} bytes`)
  if (status >= 400) {
    // Messages are for people: their length is no part of the protocol.
    delete headers["content-length"]
    return { status, headers, body: method === "HEAD" ? "" : readCode(bytes.toString()) }
  }
  // The runtime leaves it out: within the process it is still there.
  if (method === "HEAD") return { status, headers, body: "" }
  const boundary = /^multipart\/byteranges; boundary=(.*)$/.exec(headers["content-type"] ?? "")?.[1]
  const body = bytes.toString("latin1")
  if (boundary === undefined) return { status, headers, body }
  headers["content-type"] = headers["content-type"]?.replace(boundary, "BOUNDARY") ?? ""
  return { status, headers, body: body.replaceAll(boundary, "BOUNDARY") }
}

/** distribution-spec, "Error Codes". */
function readCode(text: string): string {
  const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] }
  const [first] = errors
  if (first === undefined || typeof first.message !== "string" || first.message === "")
    throw new Error(`no error in ${text}`)
  return first.code
}
