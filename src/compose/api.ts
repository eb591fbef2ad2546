import { randomIds as ids } from "../adapters/ids/random.ts"
import { createOperatorIdentity } from "../adapters/identity/operator.ts"
import type { Config } from "../config/config.ts"
import type { Logger } from "../ports/logger.ts"
import { createAccess } from "../services/access.ts"
import type { Services } from "./services.ts"

interface ApiParts {
  services: Services
  log: Logger
  version: string
  /** No server runs. */
  isAlone: boolean
}

/**
 * What answers operators: the management API, and the registry itself in the operator's name. It is loaded by the first
 * request: a server's start does not wait for it.
 */
export function createLazyApi(config: Config, parts: ApiParts): (request: Request) => Promise<Response> {
  const load = async () => {
    const [{ createApi }, { createRegistryApp }] = await Promise.all([import("../http/api/app.ts"), import("./app.ts")])
    const access = createAccess(createOperatorIdentity(), config.storage)
    const own = { ...config, http: { ...config.http, prefix: "/" } }
    return {
      api: createApi({ ...parts, ids, isReadOnly: config.storage.readOnly }),
      registry: createRegistryApp(own, {
        ...parts,
        services: { ...parts.services, access },
        observer: undefined,
        exposure: undefined,
      }),
    }
  }
  let loading: ReturnType<typeof load> | undefined
  return async (request) => {
    const { api, registry } = await (loading ??= load())
    return new URL(request.url).pathname.startsWith("/v2/")
      ? registry(request, { address: "unix" })
      : api.fetch(request)
  }
}
