import type { Actor } from "../domain/actor.ts"
import { isRegistryError, RegistryError } from "../domain/errors.ts"
import { isRepositoryName, parseRepositoryName } from "../domain/repository-name.ts"
import type { Credentials } from "../ports/identity.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"
import type { Access } from "../services/access.ts"
import type { RequestContext } from "../services/request-context.ts"
import type { Call } from "./distribution/call.ts"
import { parseRoute, type Route } from "./distribution/route.ts"
import type { Method, Right, RouteTable } from "./distribution/routes.ts"
import { toErrorResponse, toUnknownErrorResponse } from "./error-response.ts"

/** What the listener knows of the connection that a request came on. */
export interface Connection {
  /** The peer's address. */
  readonly address: string
}

export type App = (request: Request, connection: Connection) => Promise<Response>

export interface AppOptions {
  routes: RouteTable
  access: Access
  ids: Ids
  log: Logger
  logsAccess: boolean
  /** Starts and ends with a slash. */
  prefix: string
  /** What absolute Locations begin with; without it they are relative, which no proxy in between can get wrong. */
  externalUrl: string | undefined
  headers: Record<string, string>
}

const NO_QUERY = new URLSearchParams()
/** Public routes change nothing that would be counted. */
const PUBLIC: Actor = { id: "anonymous", quotaKey: "public" }

/** Both are read only where they are needed: each costs about as much as all routing. */
class RequestCredentials implements Credentials {
  readonly #request: Request
  readonly #connection: Connection

  constructor(request: Request, connection: Connection) {
    this.#request = request
    this.#connection = connection
  }

  get authorization(): string | null {
    return this.#request.headers.get("authorization")
  }

  get address(): string {
    return this.#connection.address
  }
}

export function createApp(options: AppOptions): App {
  const { routes, access, ids, log } = options
  const baseHeaders = { "Docker-Distribution-Api-Version": "registry/2.0", ...options.headers }
  const locationBase = `${options.externalUrl ?? ""}${options.prefix}v2/`
  const locate = (path: string) => locationBase + path

  async function authenticate(request: Request, right: Right, connection: Connection): Promise<Actor> {
    if (right === "public") return PUBLIC
    return access.authenticate(new RequestCredentials(request, connection))
  }

  async function dispatch(
    request: Request,
    connection: Connection,
    headers: Record<string, string>,
  ): Promise<Response> {
    const { path, query } = splitUrl(request.url)
    const route = parseRoute(stripPrefix(path, options.prefix))
    if (route === undefined) throw new RegistryError("ROUTE_UNKNOWN", "there is nothing at this path")
    const entry = routes[route.kind][request.method as Method]
    if (entry === undefined) {
      headers["Allow"] = Object.keys(routes[route.kind]).join(", ")
      throw new RegistryError("METHOD_UNSUPPORTED", "the operation is unsupported")
    }
    const [right, handler] = entry
    const name = "name" in route ? route.name : ""
    const actor = await authenticate(request, right, connection).catch((error: unknown) => {
      throw describeDenial(error, route, right)
    })
    if ("name" in route) parseRepositoryName(name)
    if (right !== "public" && right !== "login") access.decide(actor, right, isRepositoryName(name) ? name : undefined)
    const context: RequestContext = { actor, requestId: "", signal: request.signal, log }
    const call: Call = {
      request,
      context,
      query: query === "" ? NO_QUERY : new URLSearchParams(query),
      path: { name, reference: "reference" in route ? route.reference : "" },
      locate,
      headers,
    }
    return handler(call)
  }

  function answerError(error: unknown, request: Request, headers: Record<string, string>): Response {
    if (isRegistryError(error)) {
      if (error.code === "UNAUTHENTICATED" && access.challenge !== undefined) {
        headers["WWW-Authenticate"] = access.challenge
      }
      if (error.code === "STORAGE_FAILED" || error.code === "STORAGE_FULL") {
        log.error(error.message, { method: request.method, url: request.url, cause: String(error.cause) })
      }
      return toErrorResponse(error, headers)
    }
    const requestId = ids.create()
    if (request.signal.aborted) {
      log.debug("the client went away", { method: request.method, url: request.url })
    } else {
      log.error("a request failed", { requestId, method: request.method, url: request.url, error })
    }
    return toUnknownErrorResponse(requestId, headers)
  }

  return async (request, connection) => {
    const headers: Record<string, string> = { ...baseHeaders }
    let response: Response
    try {
      response = await dispatch(request, connection, headers)
    } catch (error) {
      response = answerError(error, request, headers)
    }
    if (options.logsAccess) {
      log.info("request", {
        method: request.method,
        path: splitUrl(request.url).path,
        status: response.status,
        peer: connection.address,
      })
    }
    return response
  }
}

/** The path as the server received it: percent-escapes are left for the router. */
function splitUrl(url: string): { path: string; query: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3)
  const mark = url.indexOf("?", start)
  return mark < 0 ? { path: url.slice(start), query: "" } : { path: url.slice(start, mark), query: url.slice(mark + 1) }
}

function stripPrefix(path: string, prefix: string): string {
  if (prefix === "/") return path
  return path.startsWith(prefix) ? path.slice(prefix.length - 1) : ""
}

/** What the caller would need, in the form that distribution gives it. */
function describeDenial(error: unknown, route: Route, right: Right): unknown {
  if (!isRegistryError(error, "UNAUTHENTICATED")) return error
  if (!("name" in route)) return error
  const actions = right === "push" ? ["pull", "push"] : [right]
  const detail = actions.map((action) => ({ Type: "repository", Class: "", Name: route.name, Action: action }))
  return new RegistryError("UNAUTHENTICATED", error.message, { detail })
}
