import type { Environment } from "./environment.ts"
import { findExternalUrl } from "./external-url.ts"
import type { Report } from "./report.ts"
import { findNode, isSet, isTree, type SettingTree } from "./setting-tree.ts"
import { isDriver } from "./storage-section.ts"

const WEAK_SECRET_LENGTH = 16

/** Reports what no key can tell on its own. */
export function crossCheck(tree: SettingTree, hasFile: boolean, report: Report): void {
  if (hasFile && !isSet(tree["version"])) report.refuse({ key: "version", message: "must be 0.1" })
  checkDrivers(tree, hasFile, report)
  checkTls(tree, report)
  checkTexts(tree, report)
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

function checkTls(tree: SettingTree, report: Report): void {
  const [hasCertificate, hasKey, hasMinimum] = ["certificate", "key", "minimumtls"].map((name) =>
    isSet(findNode(tree, ["http", "tls", name])),
  )
  if (hasCertificate === true && hasKey !== true)
    report.refuse({ key: "http.tls.key", message: "must be set beside http.tls.certificate" })
  if (hasKey === true && hasCertificate !== true)
    report.refuse({ key: "http.tls.certificate", message: "must be set beside http.tls.key" })
  if (hasMinimum === true && hasKey !== true && hasCertificate !== true)
    report.warn("http.tls.minimumtls has no effect without http.tls.certificate and http.tls.key: TLS is off")
}

function checkTexts(tree: SettingTree, report: Report): void {
  const secret = findNode(tree, ["http", "secret"])
  if (typeof secret === "string" && secret.length < WEAK_SECRET_LENGTH)
    report.warn(`http.secret is weak: it has fewer than ${WEAK_SECRET_LENGTH} characters`)
  const host = findNode(tree, ["http", "host"])
  if (typeof host === "string" && findExternalUrl(host) === undefined)
    report.warn(`http.host has no effect: ${JSON.stringify(host)} is no URL with http:// or https:// and a host`)
  if (findNode(tree, ["log", "formatter"]) === "logstash") report.warn("log.formatter: logstash is written as json")
}

function namesIn(tree: SettingTree, section: string): string[] {
  const node = tree[section]
  return isTree(node) ? Object.keys(node) : []
}
