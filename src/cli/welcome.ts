import type { Config } from "../config/config.ts"
import type { ListenAddress } from "../domain/address.ts"

/** What a person sees when the server is ready: where it is, what it keeps where, who may come in, and what to type next. */
export function describeStart(
  config: Config,
  running: { port: number; version: string; root: string | undefined },
): string {
  const { address } = config.http
  const target = findTarget(address, running.port)
  const login = config.auth === undefined ? [] : [`  docker login ${target}`]
  const lines = [
    `Berth ${running.version} is ready`,
    `  address         ${describeAddress(config, running.port)}`,
    `  storage         ${running.root ?? "memory: everything is lost when the server stops"}`,
    `  authentication  ${describeAuthentication(config)}`,
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
  const { auth } = config
  // Of this machine alone it is as open, but whoever chose it by name may think that it checks something.
  if (auth?.kind === "silly")
    return `auth.silly checks nothing: everybody who sends any credentials may ${describeRights(config)}`
  if (auth !== undefined || isLocalOnly(config.http.address)) return undefined
  return `this registry has no authentication: everybody who reaches it may ${describeRights(config)}`
}

function describeAddress({ http }: Config, port: number): string {
  if (http.address.kind === "unix") return http.address.path
  const { host } = http.address
  return `${http.tls === undefined ? "http" : "https"}://${host === "" ? "*" : bracket(host)}:${port}${http.prefix}`
}

/** What a client on this machine calls the registry. */
function findTarget(address: ListenAddress, port: number): string {
  if (address.kind === "unix") return "HOST"
  const isEverywhere = ["", "0.0.0.0", "::"].includes(address.host)
  return `${isEverywhere || isLoopback(address.host) ? "localhost" : bracket(address.host)}:${port}`
}

function isLocalOnly(address: ListenAddress): boolean {
  return address.kind === "unix" || isLoopback(address.host)
}

function describeAuthentication(config: Config): string {
  const { auth } = config
  if (auth?.kind === "htpasswd") return `htpasswd, ${auth.path}`
  if (auth?.kind === "token") {
    const realm = auth.redirectPath === undefined ? auth.realm : `${auth.redirectPath} on this host`
    return `tokens of ${auth.issuer}, from ${realm}`
  }
  if (auth?.kind === "silly") return `NONE: silly lets in whoever sends any credentials, to ${describeRights(config)}`
  return isLocalOnly(config.http.address)
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
