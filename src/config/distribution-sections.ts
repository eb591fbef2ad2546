import { findNode, isSet, isTree, type SettingNode } from "./setting-tree.ts"
import {
  emptySection,
  listSetting,
  mapSetting,
  noEffect,
  optionalSection,
  optionalSetting,
  refused,
  requiredSetting,
  section,
  setting,
} from "./settings.ts"
import { parseUrlPattern } from "./url-pattern.ts"
import { caseless, choice, entries, flag, isYes, text } from "./values.ts"

const level = caseless("error", "warn", "info", "debug")

export const log = section({
  level: setting(level, "info", "The least important lines that are written."),
  formatter: setting(choice("text", "json", "logstash"), "text", "The form of a line."),
  fields: mapSetting(text, "Names and values to add to every line."),
  accesslog: section({
    disabled: setting(flag, "false", "Write no line of access for each request to standard output."),
  }),
  hooks: noEffect(),
  reportcaller: noEffect(),
})

export const loglevel = optionalSetting(level, "The old name of `log.level`, which counts if both are there.")

export const auth = section(
  {
    htpasswd: optionalSection({
      realm: requiredSetting(text, "The realm of the challenge that clients are sent."),
      path: requiredSetting(text, "Path of the htpasswd file; only bcrypt entries count."),
    }),
    none: emptySection("Authenticate nobody, as without any `auth`."),
    token: refused("tokens of an authorization server are not in this version", () => true),
    silly: refused("it checks nothing; use htpasswd, or none to let everybody in", () => true),
  },
  // A misspelt way to authenticate must not leave the server open.
  "refuse variables",
)

export const catalog = section({
  maxentries: setting(entries(1000), "1000", "Most repositories in one answer of `_catalog`."),
})

export const tags = section({ maxtags: setting(entries(1000), "1000", "Most tags in one answer of `tags/list`.") })

const urlPattern = { allowed: "a regular expression that Go and JavaScript read alike", parse: parseUrlPattern }

export const validation = section({
  disabled: setting(flag, "false", "Accept an index whose children are not here, and any URL of a layer."),
  enabled: noEffect(),
  manifests: section({
    urls: section({
      allow: listSetting(
        urlPattern,
        "What each URL of a layer kept elsewhere must match one of; empty: all are allowed.",
      ),
      deny: listSetting(urlPattern, "What no URL of a layer kept elsewhere may match."),
    }),
    indexes: noEffect(),
  }),
})

export const proxy = section({
  remoteurl: refused("mirroring another registry is not in this version"),
  username: noEffect(),
  password: noEffect(),
  ttl: noEffect(),
  exec: noEffect(),
  cachewritetimeout: noEffect(),
})

export const middleware = refused("middleware is not in this version: remove it, or write disabled: true", (node) =>
  elements(node).flatMap(elements).some(isEnabled),
)

export const withoutEffect = {
  notifications: noEffect(),
  redis: noEffect(),
  health: noEffect(),
  policy: noEffect(),
  reporting: noEffect(),
  compatibility: noEffect(),
}

// Variables make a list into a map of indexes where no file has one: both are looked through alike.
function elements(node: SettingNode): SettingNode[] {
  return isTree(node) || Array.isArray(node) ? Object.values(node) : [node]
}

function isEnabled(entry: SettingNode): boolean {
  const disabled = findNode(entry, ["disabled"])
  return isSet(entry) && !(typeof disabled === "string" && isYes(disabled))
}
