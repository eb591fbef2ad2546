import { randomIds as ids } from "../adapters/ids/random.ts"
import type { Config } from "../config/config.ts"
import { createApp, type App } from "../http/app.ts"
import { createRoutes } from "../http/distribution/routes.ts"
import { withMinimumRate } from "../http/listener/minimum-rate.ts"
import type { RequestObserver } from "../http/observer.ts"
import { createTrustedProxies } from "../http/trusted-proxies.ts"
import type { Logger } from "../ports/logger.ts"
import type { Services } from "./services.ts"

interface AppParts {
  services: Services
  log: Logger
  observer: RequestObserver | undefined
  /** What `/v2/` warns of. */
  exposure: string | undefined
}

/** What answers requests on the registry's own address. */
export function createRegistryApp(config: Config, { services, log, observer, exposure }: AppParts): App {
  const { limits, http } = config
  const routes = createRoutes({
    ...services,
    openBody: (body, signal) => withMinimumRate(body, { stallSeconds: limits.stallSeconds, signal }),
    warning: exposure,
    limits: { ...limits, catalogEntries: config.catalog.maxEntries, tags: config.tags.maxTags },
  })
  return createApp({
    routes,
    access: services.access,
    ids,
    log,
    observer,
    prefix: http.prefix,
    externalUrl: http.externalUrl,
    proxies: createTrustedProxies(config.network.trustedProxies),
    headers: Object.fromEntries(Object.entries(http.headers).map(([name, values]) => [name, values.join(", ")])),
  })
}
