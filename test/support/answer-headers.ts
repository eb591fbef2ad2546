/** What clients go by. */
const COMPARED = [
  "accept-ranges",
  "allow",
  "cache-control",
  "content-length",
  "content-range",
  "content-type",
  "docker-content-digest",
  "docker-distribution-api-version",
  "docker-upload-uuid",
  "etag",
  "link",
  "location",
  "oci-subject",
  "range",
  "www-authenticate",
]

/** The headers of an answer that are compared with those of another; `more`: further names. */
export function readHeaders(response: Response, more: readonly string[]): Record<string, string> {
  const names = [...COMPARED, ...more]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    }),
  )
}
