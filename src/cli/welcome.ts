import type { Config } from "../config/config.ts"

/** What a person sees when the server is ready: where it is, what it keeps where, who may come in, and what to type next. */
export function describeStart(
  config: Config,
  running: { port: number; version: string; root: string | undefined },
): string {
  const scheme = config.http.tls === undefined ? "http" : "https"
  const host = config.http.address.host
  const isLocal = isLoopback(host)
  const target = `${isLocal || host === "" || host === "0.0.0.0" || host === "::" ? "localhost" : bracket(host)}:${running.port}`
  const login = config.auth === undefined ? [] : [`  docker login ${target}`]
  const lines = [
    `Berth ${running.version} is ready`,
    `  address         ${scheme}://${host === "" ? "*" : bracket(host)}:${running.port}${config.http.prefix}`,
    `  storage         ${running.root ?? "memory: everything is lost when the server stops"}`,
    `  authentication  ${describeAuthentication(config, isLocal)}`,
    `  delete          ${config.storage.deleteEnabled ? "enabled" : "disabled (storage.delete.enabled)"}`,
    "",
    "Push a first image:",
    ...login,
    `  docker tag IMAGE ${target}/IMAGE`,
    `  docker push ${target}/IMAGE`,
    "",
  ]
  return lines.map((line) => `${line}\n`).join("")
}

/** What every answer of `/v2/` and the log warn of: a registry that anybody on the network may change. */
export function describeExposure(config: Config): string | undefined {
  if (config.auth !== undefined || isLoopback(config.http.address.host)) return undefined
  return `this registry has no authentication: everybody who reaches it may ${describeRights(config)}`
}

function describeAuthentication(config: Config, isLocal: boolean): string {
  if (config.auth !== undefined) return `htpasswd, ${config.auth.path}`
  return isLocal
    ? "none: everybody on this machine"
    : `NONE: everybody on the network may ${describeRights(config)} (auth.htpasswd)`
}

function describeRights({ storage }: Config): string {
  if (storage.readOnly) return "pull"
  return storage.deleteEnabled ? "push and delete" : "push"
}

// A name may begin like an address: where it leads only the resolver knows.
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.[0-9]{1,3}){3}$/.test(host)
}

function bracket(host: string): string {
  return host.includes(":") ? `[${host}]` : host
}
