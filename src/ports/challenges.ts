/** What an authority asks a server for, to see that a name leads to it (RFC 8555, section 8.3). */
export interface Challenges {
  /** What is to be answered under a token; `undefined`: nobody asked for a certificate with it. */
  find(token: string): string | undefined
}
