import { parseAddress } from "./address.ts"
import { InvalidValueError } from "./config-error.ts"
import { isSet } from "./setting-tree.ts"
import { mapOfListsSetting, noEffect, optionalSection, optionalSetting, refused, section, setting } from "./settings.ts"
import { choice, distributionDuration, flag, text, type ValueType } from "./values.ts"

const address = { allowed: "host:port, or :port for every interface", parse: parseAddress }

const prefix: ValueType<string> = {
  allowed: "a path such as /registry/",
  parse: (value) => {
    if (!/^[\w.~!$&'()*+,;=:@%/-]*$/.test(value)) throw new InvalidValueError("not a path")
    return `/${value}/`.replaceAll(/\/+/g, "/")
  },
}

const fieldName = { allowed: "the name of a header field", pattern: /^[\w!#$%&'*+.^`|~-]+$/ }

const fieldValue: ValueType<string> = {
  allowed: "a text on one line",
  parse: (value) => {
    // oxlint-disable-next-line no-control-regex -- RFC 9110, section 5.5: what a field's value cannot hold
    if (/[\0-\x08\n-\x1f\x7f]/.test(value)) throw new InvalidValueError("holds control characters")
    return value
  },
}

const tls = optionalSection({
  certificate: optionalSetting(
    text,
    "Path of the certificate and its chain, PEM. Together with `key` it turns TLS on.",
  ),
  key: optionalSetting(text, "Path of the certificate's private key, PEM."),
  minimumtls: setting(choice("tls1.2", "tls1.3"), "tls1.2", "The oldest version of TLS that is spoken."),
  clientcas: refused("client certificates are not in this version"),
  clientauth: refused("client certificates are not in this version"),
  ciphersuites: refused("the choice of cipher suites is not in this version"),
  letsencrypt: refused("certificates from Let's Encrypt are not in this version"),
})

const socketOnly = "sockets other than tcp are not in this version: leave it out or write tcp"

export const http = section({
  addr: setting(address, "127.0.0.1:5000", "Where to listen: `host:port`; `:5000` listens on every interface."),
  net: refused(socketOnly, (node) => isSet(node) && node !== "tcp"),
  host: optionalSetting(text, "The URL under which clients reach this server; absolute Locations begin with it."),
  prefix: setting(prefix, "/", "A path to put before `/v2/`."),
  relativeurls: setting(flag, "false", "Send Locations without scheme and host. Without effect beside `http.host`."),
  secret: optionalSetting(text, "Accepted and not needed: uploads are kept on the server, not signed into their URLs."),
  draintimeout: setting(distributionDuration(0), "0s", "How long a stop waits for transfers under way."),
  headers: mapOfListsSetting(fieldName, fieldValue, "Header fields to add to answers: name → list of values."),
  tls,
  http2: section({ disabled: setting(flag, "false", "Accepted and not needed: HTTP/1.1 is what is spoken.") }),
  debug: noEffect(),
  h2c: noEffect(),
})
