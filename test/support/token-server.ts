import { createTokenIssuer, type TokenIssuer } from "./token-issuer.ts"

/** What a user may do: gives those of the actions asked for that are allowed. `undefined`: nobody has logged in. */
export type Policy = (user: string | undefined, type: string, name: string, actions: string[]) => string[]

interface TokenServerOptions {
  users: Readonly<Record<string, string>>
  allow: Policy
}

export interface TokenServer extends AsyncDisposable {
  /** What challenges lead to. */
  realm: string
  issuer: TokenIssuer
  /** Requests so far, without passwords: `GET alice repository:a/b:pull`. */
  log: string[]
}

interface Asked {
  method: string
  user: string | undefined
  /** Credentials were brought, and they are wrong. */
  isRefused: boolean
  scopes: string[]
  service: string
  wantsRefreshToken: boolean
}

const LIFETIME_SECONDS = 300

/** Starts an authorization server on a free port, with both forms of distribution's token specification: GET and OAuth2. */
export function startTokenServer({ users, allow }: TokenServerOptions): TokenServer {
  const issuer = createTokenIssuer()
  const log: string[] = []
  const refreshTokens = new Map<string, string>()

  function readBasic(header: string | null): Pick<Asked, "user" | "isRefused"> {
    if (header === null) return { user: undefined, isRefused: false }
    const [user = "", password] = Buffer.from(header.replace(/^Basic /i, ""), "base64")
      .toString()
      .split(/:(.*)/s)
    return users[user] === password ? { user, isRefused: false } : { user: undefined, isRefused: true }
  }

  function readGrant(form: URLSearchParams): Pick<Asked, "user" | "isRefused"> {
    const name = form.get("username") ?? ""
    const byPassword = users[name] === form.get("password") ? name : undefined
    const user = form.get("grant_type") === "password" ? byPassword : refreshTokens.get(form.get("refresh_token") ?? "")
    return { user, isRefused: user === undefined }
  }

  function answer({ method, user, isRefused, scopes, service, wantsRefreshToken }: Asked): Response {
    log.push(`${method} ${user ?? (isRefused ? "refused" : "nobody")} ${scopes.join(" ")}`.trim())
    if (isRefused) {
      const errors = [{ code: "UNAUTHORIZED", message: "incorrect username or password" }]
      return Response.json({ errors }, { status: 401 })
    }
    const access = scopes.map((scope) => {
      const { type, name, actions } = parseScope(scope)
      return { type, name, actions: allow(user, type, name, actions) }
    })
    const token = issuer.issue({ sub: user ?? "", aud: service, access })
    const refreshToken = crypto.randomUUID()
    if (user !== undefined && wantsRefreshToken) refreshTokens.set(refreshToken, user)
    const hasRefreshToken = refreshTokens.has(refreshToken)
    return Response.json({
      token,
      access_token: token,
      expires_in: LIFETIME_SECONDS,
      issued_at: new Date().toISOString(),
      ...(hasRefreshToken && { refresh_token: refreshToken }),
    })
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const isPost = request.method === "POST"
      const given = isPost ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams
      return answer({
        method: request.method,
        ...(isPost ? readGrant(given) : readBasic(request.headers.get("authorization"))),
        scopes: given.getAll("scope").flatMap((scopes) => scopes.split(" ")),
        service: given.get("service") ?? "",
        wantsRefreshToken: given.get("offline_token") === "true" || given.get("access_type") === "offline",
      })
    },
  })
  return {
    // By name: crane follows no challenge to an address of the own machine.
    realm: `http://localhost:${server.port}/token`,
    issuer,
    log,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

/** The name may hold colons: the type ends at the first, the actions begin after the last. */
function parseScope(scope: string): { type: string; name: string; actions: string[] } {
  const [first, last] = [scope.indexOf(":"), scope.lastIndexOf(":")]
  return { type: scope.slice(0, first), name: scope.slice(first + 1, last), actions: scope.slice(last + 1).split(",") }
}
