import { isRegistryError, RegistryError } from "../domain/errors.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"
import type { Access } from "../services/access.ts"
import type { Call } from "./distribution/call.ts"
import { parseRoute, type Route } from "./distribution/route.ts"
import type { Method, Right, RouteTable } from "./distribution/routes.ts"
import { describeDenial } from "./denial.ts"
import { toErrorResponse, toUnknownErrorResponse } from "./error-response.ts"
import { IncomingRequest, type Connection } from "./incoming-request.ts"
import type { RequestObserver } from "./observer.ts"
import type { TrustedProxies } from "./trusted-proxies.ts"
import { fp } from "../failpoint.ts"

export type App = (request: Request, connection: Connection) => Promise<Response>

export interface AppOptions {
  routes: RouteTable
  access: Access
  ids: Ids
  log: Logger
  /** `undefined`: nobody watches. */
  observer: RequestObserver | undefined
  /** Starts and ends with a slash. */
  prefix: string
  /** What absolute Locations begin with; without it they are relative, which no proxy in between can get wrong. */
  externalUrl: string | undefined
  headers: Record<string, string>
  /** Whose forwarded headers are believed; `undefined`: nobody's. */
  proxies: TrustedProxies | undefined
}

const NO_QUERY = new URLSearchParams()

export function createApp(options: AppOptions): App {
  const { routes, access, log, observer, externalUrl } = options
  const baseHeaders = { "Docker-Distribution-Api-Version": "registry/2.0", ...options.headers }
  // As in distribution, the URL under which clients reach the registry holds its prefix, if they see one.
  const locationBase = externalUrl === undefined ? `${options.prefix}v2/` : `${externalUrl}/v2/`
  const locate = (path: string) => locationBase + path

  /** Who may do what is decided here and nowhere else, by the route's right. */
  async function authorize(incoming: IncomingRequest, right: Right, route: Route): Promise<RepositoryName | undefined> {
    if (right === "public") return undefined
    incoming.actor = await access.authenticate(incoming)
    const repository = "name" in route ? parseRepositoryName(route.name) : undefined
    if (right !== "login") access.decide(incoming.actor, right, repository)
    return repository
  }

  async function dispatch(incoming: IncomingRequest, headers: Record<string, string>): Promise<Response> {
    const { request } = incoming
    const { path, query } = splitUrl(request.url)
    const route = parseRoute(stripPrefix(path, options.prefix))
    if (route === undefined) return redirectWithoutSlash(path, headers)
    incoming.kind = route.kind
    observer?.begin?.(incoming)
    const entry = routes[route.kind][request.method as Method]
    if (entry === undefined) {
      headers["Allow"] = Object.keys(routes[route.kind]).join(", ")
      throw new RegistryError("METHOD_UNSUPPORTED", "the operation is unsupported")
    }
    const [right, handler] = entry
    const parameters = query === "" ? NO_QUERY : new URLSearchParams(query)
    let repository: RepositoryName | undefined
    try {
      repository = await authorize(incoming, right, route)
    } catch (error) {
      throw describeDenial(error, { access, headers, incoming, right, route, query: parameters })
    }
    const call: Call = {
      request,
      context: incoming,
      query: parameters,
      // Handlers of routes without a name do not look at it.
      repository: repository ?? ("" as RepositoryName),
      reference: "reference" in route ? route.reference : "",
      locate,
      headers,
    }
    return handler(call)
  }

  /** As distribution: what a slash too many hides is found without it. Throws ROUTE_UNKNOWN where nothing is. */
  function redirectWithoutSlash(path: string, headers: Record<string, string>): Response {
    const shorter = path.endsWith("/") ? path.slice(0, -1) : ""
    if (parseRoute(stripPrefix(shorter, options.prefix)) === undefined)
      throw new RegistryError("ROUTE_UNKNOWN", "there is nothing at this path")
    return new Response(null, { status: 301, headers: { ...headers, Location: shorter, "Content-Length": "0" } })
  }

  function answerError(error: unknown, incoming: IncomingRequest, headers: Record<string, string>): Response {
    const { request } = incoming
    const fields = { method: request.method, path: splitUrl(request.url).path }
    if (isRegistryError(error)) {
      if (error.code === "READ_ONLY") headers["Allow"] = "GET, HEAD"
      if (error.code === "STORAGE_FAILED" || error.code === "STORAGE_FULL") {
        log.error(error.message, { ...fields, cause: String(error.cause) })
      }
      return toErrorResponse(error, headers)
    }
    if (request.signal.aborted) log.debug("the client went away", fields)
    else log.error("a request failed", { requestId: incoming.requestId, ...fields, error })
    return toUnknownErrorResponse(incoming.requestId, headers)
  }

  return async (request, connection) => {
    const incoming = new IncomingRequest(request, connection, options)
    const headers: Record<string, string> = { ...baseHeaders }
    let response: Response
    try {
      response = await dispatch(incoming, headers)
    } catch (error) {
      incoming.failure = error
      response = answerError(error, incoming, headers)
    }
    fp("reply.ready")
    observer?.end(incoming, response)
    return response
  }
}

/** The path as the server received it: percent-escapes are left for the router. */
function splitUrl(url: string): { path: string; query: string } {
  // Without a usable Host (HTTP/1.0, or an empty one) the runtime gives the path alone.
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3)
  const mark = url.indexOf("?", start)
  return mark < 0 ? { path: url.slice(start), query: "" } : { path: url.slice(start, mark), query: url.slice(mark + 1) }
}

function stripPrefix(path: string, prefix: string): string {
  // Load balancers look at the root, whatever is put before the registry.
  if (prefix === "/" || path === "/") return path
  return path.startsWith(prefix) ? path.slice(prefix.length - 1) : ""
}
