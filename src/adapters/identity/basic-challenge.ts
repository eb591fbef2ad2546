import { quote } from "./quoted-string.ts"

/** The WWW-Authenticate value for a realm (RFC 7617, section 2), in ASCII: it is shown to people, and every client reads that. */
export function formatBasicChallenge(realm: string): string {
  return `Basic realm=${quote(realm.replaceAll(/[^\u0020-\u007e]/g, "?"))}`
}
