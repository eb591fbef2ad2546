/** A request's path, taken apart. `name` and `reference` are as the client wrote them, percent-decoded and not yet checked. */
export type Route =
  | { kind: "base" | "catalog" | "extensions" | "v1-ping" | "v1-search" | "root" }
  | { kind: "uploads" | "tags" | "repository-extensions"; name: string }
  | { kind: "upload" | "blob" | "manifest" | "referrers"; name: string; reference: string }

export type RouteKind = Route["kind"]

/**
 * Reads the path below the prefix, without the query. Names hold slashes and any of the words used here, so everything is
 * read from the right, in one pass: `x/manifests/tags/list` is the tags of `x/manifests`. `undefined`: no such route.
 */
export function parseRoute(path: string): Route | undefined {
  if (!path.startsWith("/v2/")) return parseOther(path)
  const rest = path.slice(4)
  if (rest === "") return { kind: "base" }
  if (rest === "_catalog") return { kind: "catalog" }
  if (rest === "_oci/ext/discover") return { kind: "extensions" }
  return parseNamed(rest)
}

function parseOther(path: string): Route | undefined {
  if (path === "/") return { kind: "root" }
  if (path === "/v2") return { kind: "base" }
  if (path === "/v1/_ping") return { kind: "v1-ping" }
  if (path === "/v1/search") return { kind: "v1-search" }
  return undefined
}

function parseNamed(rest: string): Route | undefined {
  const slash = rest.lastIndexOf("/")
  const last = rest.slice(slash + 1)
  const head = rest.slice(0, Math.max(slash, 0))
  if (head.endsWith("/manifests")) return reference("manifest", head.slice(0, -10), last)
  if (head.endsWith("/blobs/uploads")) {
    const name = head.slice(0, -14)
    return last === "" ? named("uploads", name) : reference("upload", name, last)
  }
  if (head.endsWith("/blobs")) {
    const name = head.slice(0, -6)
    return last === "uploads" ? named("uploads", name) : reference("blob", name, last)
  }
  if (head.endsWith("/tags") && last === "list") return named("tags", head.slice(0, -5))
  if (head.endsWith("/referrers")) return reference("referrers", head.slice(0, -10), last)
  if (head.endsWith("/_oci/ext") && last === "discover") return named("repository-extensions", head.slice(0, -9))
  return undefined
}

function named(kind: "uploads" | "tags" | "repository-extensions", name: string): Route {
  return { kind, name: decode(name) }
}

function reference(kind: "upload" | "blob" | "manifest" | "referrers", name: string, text: string): Route {
  return { kind, name: decode(name), reference: decode(text) }
}

/** A broken escape stays as it is: no name, tag or digest has a percent sign, so it is refused where it is parsed. */
function decode(text: string): string {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
