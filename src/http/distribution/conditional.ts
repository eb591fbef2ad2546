/**
 * Whether the client has the content already (RFC 9110, "If-None-Match"). Content goes by its digest, so the comparison is
 * exact; the quotes may be missing, as some clients leave them out.
 */
export function isUnchanged(ifNoneMatch: string | null, digest: string): boolean {
  if (ifNoneMatch === null) return false
  return ifNoneMatch.split(",", 100).some((candidate) => {
    const tag = candidate.trim().replace(/^W\//, "")
    return tag === "*" || tag === digest || tag === `"${digest}"`
  })
}
