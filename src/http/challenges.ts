import type { Challenges } from "../ports/challenges.ts"
import { findHost } from "./trusted-proxies.ts"

interface ChallengeOptions {
  challenges: Challenges
  /** Names that this server has certificates for: it sends nobody elsewhere. */
  hosts: readonly string[]
  /** Where TLS is, as clients see it. */
  httpsPort: number
}

const PREFIX = "/.well-known/acme-challenge/"

/** What answers on the port without TLS: an authority's questions, and to all others where TLS is. */
export function createChallengeApp(options: ChallengeOptions): (request: Request) => Response {
  const { challenges, httpsPort } = options
  const hosts = new Set(options.hosts.map((host) => host.toLowerCase()))
  const suffix = httpsPort === 443 ? "" : `:${httpsPort}`

  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return say(400, "use https")
    const host = findHost(request.headers.get("host") ?? undefined)
      ?.replace(/:[0-9]+$/, "")
      .toLowerCase()
    // Without a usable Host the runtime gives no URL.
    const url = URL.parse(request.url)
    if (host === undefined || url === null) return say(400, "use https")
    if (url.pathname.startsWith(PREFIX)) {
      const answer = challenges.find(url.pathname.slice(PREFIX.length))
      return answer === undefined ? say(404, "unknown token") : say(200, answer)
    }
    if (!hosts.has(host)) return say(404, "unknown host")
    return new Response(null, {
      status: 308,
      headers: { location: `https://${host}${suffix}${url.pathname}${url.search}` },
    })
  }
}

function say(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain" } })
}
