import { parseAddress, STANDARD_ADDRESS } from "./address.ts"
import { nameEndpoints } from "./endpoint-names.ts"
import { SYMMETRIC_ALGORITHM } from "./auth-section.ts"
import { InvalidValueError } from "./config-error.ts"
import type { Environment } from "./environment.ts"
import type { Report } from "./report.ts"
import type { Settings } from "./schema.ts"
import { findNode, isSet, isTree, printNode, type SettingNode, type SettingTree } from "./setting-tree.ts"
import { isDriver } from "./storage-section.ts"
import { BROKEN_SUITE } from "./tls-section.ts"
import { isNo, isYes } from "./values.ts"

/** Reports what no key can tell on its own. */
export function crossCheck(tree: SettingTree, hasFile: boolean, report: Report): void {
  if (hasFile && !isSet(tree["version"])) report.refuse({ key: "version", message: "must be 0.1" })
  checkDrivers(tree, hasFile, report)
  checkAddresses(tree, report)
  checkTls(tree, report)
  checkToken(tree, report)
  checkEndpoints(tree, report)
}

/** As `crossCheck`, for what the values say, defaults among them. */
export function crossCheckValues({ gc, history }: Settings, report: Report): void {
  if (history.keep >= gc.grace) return
  const message =
    "must be at least gc.grace: without its record what was deleted could not be restored for that long; lengthen it, or shorten gc.grace"
  report.refuse({ key: "history.keep", message })
}

/** Refuses a place that is empty, such as `${DATA}` leaves when it is not set: the default's would be served instead. */
export function checkPlaces(tree: SettingTree, env: Environment, report: Report): void {
  const root = findNode(tree, ["storage", "filesystem", "rootdirectory"])
  const isNulled = root === null && env["REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"] !== undefined
  if (root !== "" && !isNulled) return
  const message = "is empty: name a directory, or leave the key out for /var/lib/registry"
  report.refuse({ key: "storage.filesystem.rootdirectory", message })
}

function checkDrivers(tree: SettingTree, hasFile: boolean, report: Report): void {
  const drivers = namesIn(tree, "storage").filter(isDriver)
  const methods = namesIn(tree, "auth")
  if (drivers.length > 1)
    report.refuse({ key: "storage", message: `multiple storage drivers specified: ${drivers.join(", ")}` })
  if (drivers.length === 0 && hasFile)
    report.refuse({ key: "storage", message: "must name a storage driver: filesystem or inmemory" })
  if (methods.length > 1) report.refuse({ key: "auth", message: `must be one of ${methods.join(", ")}, not several` })
  if (drivers.includes("inmemory"))
    report.warn("storage.inmemory keeps everything in memory: it is lost when the server stops")
}

function checkAddresses(tree: SettingTree, report: Report): void {
  const isUnix = findNode(tree, ["http", "net"]) === "unix"
  const address = findNode(tree, ["http", "addr"])
  if (isUnix && address === undefined)
    report.refuse({ key: "http.addr", message: "must be the path of the socket with http.net: unix" })
  if (!isUnix) checkAddress(address, "http.addr", report)
  checkAddress(findNode(tree, ["http", "debug", "addr"]), "http.debug.addr", report)
  checkPlacesApart(tree, report)
  if (isAsked(tree, "http.debug.prometheus.enabled") && !isAsked(tree, "http.debug.addr"))
    report.warn("http.debug.prometheus has no effect without http.debug.addr: there is no listener for it")
}

// Two listeners of one port: the second would not start.
function checkPlacesApart(tree: SettingTree, report: Report): void {
  const address = readAddress(findNode(tree, ["http", "addr"]) ?? STANDARD_ADDRESS)
  const debug = readAddress(findNode(tree, ["http", "debug", "addr"]))
  if (findNode(tree, ["http", "net"]) === "unix" || address === undefined || debug === undefined) return
  if (address.port === 0 || address.port !== debug.port) return
  if (address.host === debug.host || address.host === "" || debug.host === "")
    report.refuse({
      key: "http.debug.addr",
      message: "must be another address than http.addr: give it a port of its own",
    })
}

function readAddress(node: SettingNode | undefined) {
  try {
    return typeof node === "string" ? parseAddress(node) : undefined
  } catch {
    // Reported where it is checked.
    return undefined
  }
}

function checkAddress(node: SettingNode | undefined, key: string, report: Report): void {
  if (typeof node !== "string") return
  try {
    parseAddress(node)
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error
    report.refuse({ key, seen: printNode(node), message: "must be host:port, or :port for every interface" })
  }
}

function checkTls(tree: SettingTree, report: Report): void {
  const has = (name: string) => isSet(findNode(tree, ["http", "tls", ...name.split(".")]))
  const isManaged = has("letsencrypt.cachefile")
  const isOn = has("certificate") || has("key") || isManaged
  if (isManaged && (has("certificate") || has("key")))
    report.refuse({
      key: "http.tls.letsencrypt",
      message: "cannot stand beside http.tls.certificate: remove one of them",
    })
  else if (has("certificate") && !has("key"))
    report.refuse({ key: "http.tls.key", message: "must be set beside http.tls.certificate" })
  else if (has("key") && !has("certificate"))
    report.refuse({ key: "http.tls.certificate", message: "must be set beside http.tls.key" })
  if (isManaged && !has("letsencrypt.hosts"))
    report.refuse({ key: "http.tls.letsencrypt.hosts", message: "must name the hosts to get certificates for" })
  if (!isManaged && (has("letsencrypt.email") || has("letsencrypt.hosts")))
    report.warn("http.tls.letsencrypt has no effect without http.tls.letsencrypt.cachefile")
  checkClients(tree, isOn, report)
  if (isAsked(tree, "network.http2") && isAsked(tree, "http.http2.disabled"))
    report.warn("network.http2 has no effect beside http.http2.disabled")
  if (isAll(findNode(tree, ["http", "tls", "ciphersuites"]), BROKEN_SUITE))
    report.refuse({ key: "http.tls.ciphersuites", message: "must name one that is not broken" })
  const isDisabled = findNode(tree, ["http", "http2", "disabled"])
  if (isOn && typeof isDisabled === "string" && isNo(isDisabled) && !isAsked(tree, "network.http2"))
    report.warn("http.http2.disabled: false has no effect: HTTP/2 is off unless network.http2 is true")
  if (isOn) return
  if (isAsked(tree, "network.http2")) report.warn("network.http2 has no effect without TLS: see http.h2c.enabled")
  if (has("minimumtls"))
    report.warn("http.tls.minimumtls has no effect without http.tls.certificate and http.tls.key: TLS is off")
  if (has("ciphersuites"))
    report.warn("http.tls.ciphersuites has no effect without http.tls.certificate and http.tls.key: TLS is off")
}

// distribution passes over `clientauth` without `clientcas`, and both without a certificate: everybody comes in.
function checkClients(tree: SettingTree, isOn: boolean, report: Report): void {
  const authorities = findNode(tree, ["http", "tls", "clientcas"])
  const mode = findNode(tree, ["http", "tls", "clientauth"])
  if (isSet(authorities) && !isOn)
    report.refuse({ key: "http.tls.clientcas", message: "needs http.tls.certificate and http.tls.key: TLS is off" })
  if (isSet(authorities) || !isSet(mode)) return
  if (mode === "request-client-cert") report.warn("http.tls.clientauth has no effect without http.tls.clientcas")
  else
    report.refuse({ key: "http.tls.clientauth", message: "needs http.tls.clientcas: no certificate could be checked" })
}

function checkToken(tree: SettingTree, report: Report): void {
  const token = findNode(tree, ["auth", "token"])
  if (!isTree(token)) return
  if (isAll(token["signingalgorithms"], SYMMETRIC_ALGORITHM))
    report.refuse({
      key: "auth.token.signingalgorithms",
      message:
        "must name one besides HS256, HS384 and HS512, such as RS256 or ES256: whoever knows the public key could sign",
    })
  if (isSet(token["rootcertbundle"]) || isSet(token["jwks"])) return
  report.refuse({
    key: "auth.token",
    message: "must have rootcertbundle or jwks: tokens cannot be checked without a key",
  })
}

function checkEndpoints(tree: SettingTree, report: Report): void {
  const listed = findNode(tree, ["notifications", "endpoints"])
  const endpoints = (Array.isArray(listed) ? listed : []).filter(isTree)
  endpoints.forEach((endpoint, index) => {
    const disabled = endpoint["disabled"]
    if (isSet(endpoint["url"]) || (typeof disabled === "string" && isYes(disabled))) return
    report.refuse({ key: `notifications.endpoints.${index}.url`, message: "must be set" })
  })
  warnOfNames(endpoints, report)
  const names = new Set(endpoints.map(({ name }) => (typeof name === "string" ? name.toLowerCase() : "")))
  const own = findNode(tree, ["events", "endpoints"])
  for (const name of Object.keys(isTree(own) ? own : {})) {
    if (names.has(name.toLowerCase())) continue
    report.refuse({
      key: `events.endpoints.${name}`,
      message: "has no endpoint of that name in notifications.endpoints",
    })
  }
}

function warnOfNames(endpoints: readonly SettingTree[], report: Report): void {
  const written = endpoints.map(({ name }) => (typeof name === "string" ? name : undefined))
  nameEndpoints(written).forEach((name, index) => {
    const old = written[index]
    if (old !== undefined && old !== name)
      report.warn(`notifications.endpoints.${index}.name is ${name}: another endpoint is called ${old} already`)
  })
}

function isAll(node: SettingNode | undefined, pattern: RegExp): boolean {
  return Array.isArray(node) && node.length > 0 && node.every((each) => typeof each === "string" && pattern.test(each))
}

/** Whether a key says anything but no. */
export function isAsked(tree: SettingTree, key: string): boolean {
  const node = findNode(tree, key.split("."))
  return isSet(node) && !(typeof node === "string" && isNo(node))
}

function namesIn(tree: SettingTree, section: string): string[] {
  const node = tree[section]
  return isTree(node) ? Object.keys(node) : []
}
