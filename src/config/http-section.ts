import { InvalidValueError } from "./config-error.ts"
import { findExternalUrl } from "./external-url.ts"
import { fields } from "./field.ts"
import { mapOfListsSetting, optionalSetting, section, setting } from "./settings.ts"
import { STANDARD_ADDRESS } from "./address.ts"
import { tls } from "./tls-section.ts"
import { choice, distributionDuration, flag, text, type ValueType } from "./values.ts"

const prefix: ValueType<string> = {
  allowed: "a path such as /registry/",
  parse: (value) => {
    if (!isPath(value)) throw new InvalidValueError("not a path")
    return `/${value}/`.replaceAll(/\/+/g, "/")
  },
}

const metricsPath: ValueType<string> = {
  allowed: "a path such as /metrics",
  parse: (value) => {
    if (!isPath(value)) throw new InvalidValueError("not a path")
    return `/${value}`.replaceAll(/\/+/g, "/")
  },
}

function isPath(value: string): boolean {
  return /^[\w.~!$&'()*+,;=:@%/-]*$/.test(value)
}

const host: ValueType<string> = {
  ...text,
  warning: (value) =>
    findExternalUrl(value) === undefined
      ? `has no effect: ${JSON.stringify(value)} is no URL with http:// or https:// and a host`
      : undefined,
}

const WEAK_SECRET_LENGTH = 16

const httpSecret: ValueType<string> = {
  ...text,
  isSecret: true,
  warning: (value) =>
    value.length < WEAK_SECRET_LENGTH ? `is weak: it has fewer than ${WEAK_SECRET_LENGTH} characters` : undefined,
}

// What an address may be depends on `net`: cross-checks.ts looks at both.
const address: ValueType<string> = { ...text, allowed: "host:port, or :port for every interface" }

const debug = section({
  addr: optionalSetting(address, "Where the operators' listener is: health and metrics. Not set: there is none."),
  prometheus: section({
    enabled: setting(flag, "false", "Give metrics for Prometheus on that listener."),
    path: setting(metricsPath, "/metrics", "Their path."),
  }),
})

export const http = section({
  addr: setting(
    address,
    STANDARD_ADDRESS,
    "Where to listen: `host:port`; `:5000` listens on every interface. With `net: unix` the path of the socket.",
  ),
  net: setting(choice("tcp", "unix"), "tcp", "The kind of socket to listen on."),
  host: optionalSetting(host, "The URL under which clients reach this server; absolute Locations begin with it."),
  prefix: setting(prefix, "/", "A path to put before `/v2/`."),
  relativeurls: setting(
    flag,
    "false",
    "Locations are without scheme and host, whatever this says, unless `http.host` is set.",
  ),
  secret: optionalSetting(
    httpSecret,
    "Accepted and not needed: uploads are kept on the server, not signed into their URLs.",
  ),
  draintimeout: setting(distributionDuration, "0s", "How long a stop waits for transfers under way."),
  headers: mapOfListsSetting(fields, "Header fields to add to answers: name → list of values."),
  tls,
  http2: section({
    disabled: setting(
      flag,
      "false",
      "Never speak HTTP/2. It is off unless `network.http2` asks for it, so this is seldom needed.",
    ),
  }),
  h2c: section({ enabled: setting(flag, "false", "Speak HTTP/2 without TLS to clients that begin with it.") }),
  debug,
})
