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

/**
 * Whether a part is of what the client has (RFC 9110, "If-Range"): one tag, compared strongly, so neither `*` nor a weak
 * one nor a date is a match.
 */
export function isSamePart(ifRange: string, digest: string): boolean {
  const tag = ifRange.trim()
  return tag === digest || tag === `"${digest}"`
}
