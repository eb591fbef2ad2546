import type { Method } from "../../../src/http/distribution/routes.ts"

/** Who asks. Over the network everybody is `admin`: the registry there has no authentication. */
export type User = "admin" | "writer" | "reader" | "lister" | "nobody"

/** Which of the registries over the same storage is asked. */
export type Face = "usual" | "no-deletes" | "read-only"

export type Kind = "base" | "catalog" | "tags" | "referrers" | "manifest" | "blob" | "uploads" | "upload"

/** One request, before it is written down for a server: an upload is named by the number that the model gave it. */
export interface Question {
  kind: Kind
  method: Method
  user: User
  face: Face
  repository: string
  reference: string
  query: [name: string, value: string][]
  headers: Record<string, string>
  body: Uint8Array | undefined
  /** Without a Content-Length. */
  isStreamed: boolean
}

/** What is compared of an answer. Header names are lower case. */
export interface Answer {
  status: number
  headers: Record<string, string>
  /** The text of the body; of an error, its code alone. */
  body: string
}

export function ask(method: Method, kind: Kind, rest: Partial<Question> = {}): Question {
  return {
    kind,
    method,
    user: "admin",
    face: "usual",
    repository: "",
    reference: "",
    query: [],
    headers: {},
    body: undefined,
    isStreamed: false,
    ...rest,
  }
}

/** The path and query of the request; `toUploadId` knows the server's own name of an upload. */
export function writeTarget(question: Question, toUploadId: (id: string) => string): string {
  const { kind, repository, reference } = question
  const query = new URLSearchParams(question.query).toString()
  return `${writePath(kind, repository, kind === "upload" ? toUploadId(reference) : reference)}${query === "" ? "" : `?${query}`}`
}

function writePath(kind: Kind, repository: string, reference: string): string {
  switch (kind) {
    case "base":
      return "/v2/"
    case "catalog":
      return "/v2/_catalog"
    case "tags":
      return `/v2/${repository}/tags/list`
    case "referrers":
      return `/v2/${repository}/referrers/${reference}`
    case "manifest":
      return `/v2/${repository}/manifests/${reference}`
    case "blob":
      return `/v2/${repository}/blobs/${reference}`
    case "uploads":
      return `/v2/${repository}/blobs/uploads/`
    case "upload":
      return `/v2/${repository}/blobs/uploads/${reference}`
  }
}
