/** The WWW-Authenticate value for a realm: a quoted-string (RFC 9110, section 5.6.4), in ASCII, which every client reads. */
export function formatBasicChallenge(realm: string): string {
  const ascii = realm.replaceAll(/[^\u0020-\u007e]/g, "?")
  return `Basic realm="${ascii.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
