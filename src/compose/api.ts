import { randomIds as ids } from "../adapters/ids/random.ts"
import type { Config } from "../config/config.ts"
import type { Logger } from "../ports/logger.ts"
import type { Services } from "./services.ts"

interface ApiParts {
  services: Services
  log: Logger
  version: string
}

/** What answers operators. It is loaded by the first request: a server's start does not wait for it. */
export function createLazyApi(config: Config, parts: ApiParts): (request: Request) => Promise<Response> {
  const load = async () => {
    const { createApi } = await import("../http/api/app.ts")
    return createApi({ ...parts, ids, isReadOnly: config.storage.readOnly })
  }
  let api: ReturnType<typeof load> | undefined
  return async (request) => (await (api ??= load())).fetch(request)
}
