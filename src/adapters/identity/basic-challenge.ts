import { quote } from "./quoted-string.ts"

/** The WWW-Authenticate value for a realm (RFC 7617, section 2). */
export function formatBasicChallenge(realm: string): string {
  return `Basic realm=${quote(realm)}`
}
