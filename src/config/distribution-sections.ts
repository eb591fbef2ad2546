import { hooks, mirrorKeys } from "./idle-sections.ts"
import { findNode, isSet, isTree, type SettingNode } from "./setting-tree.ts"
import {
  listSetting,
  mapSetting,
  noEffect,
  oldSetting,
  optionalSetting,
  refused,
  section,
  sectionList,
  setting,
} from "./settings.ts"
import { hasNestedRepetition, parseUrlPattern } from "./url-pattern.ts"
import { caseless, choice, entries, flag, isYes, text, type ValueType } from "./values.ts"

const level = caseless("error", "warn", "info", "debug")

export const log = section({
  level: setting(level, "info", "The least important lines that are written."),
  formatter: setting(choice("text", "json", "logstash"), "text", "The form of a line."),
  fields: mapSetting("Names and values to add to every line."),
  accesslog: section({
    disabled: setting(flag, "false", "Write no line of access for each request to standard output."),
  }),
  hooks,
  reportcaller: noEffect("lines do not name places in the program"),
})

export const loglevel = oldSetting(level, "The old name of `log.level`, which counts if both are there.")

export const catalog = section({
  maxentries: setting(entries(1000), "1000", "Most repositories in one answer of `_catalog`."),
})

export const tags = section({ maxtags: setting(entries(1000), "1000", "Most tags in one answer of `tags/list`.") })

const urlPattern: ValueType<RegExp> = {
  allowed: "a regular expression that Go and JavaScript read alike",
  parse: parseUrlPattern,
  warning: (pattern) =>
    hasNestedRepetition(pattern)
      ? `repeats what is itself repeated in ${pattern}: a URL in a pushed manifest could keep the server busy for long; write it without`
      : undefined,
}

export const validation = section({
  disabled: setting(flag, "false", "Accept an index whose children are not here, and any URL of a layer."),
  enabled: oldSetting(flag, "The old way to say that `disabled` does not count."),
  manifests: section({
    urls: section({
      allow: listSetting(
        urlPattern,
        "What each URL of a layer kept elsewhere must match one of; empty: all are allowed.",
      ),
      deny: listSetting(urlPattern, "What no URL of a layer kept elsewhere may match."),
    }),
    indexes: section({
      platforms: setting(
        caseless("all", "none", "list"),
        "all",
        "Which children of an index must be here: `all`, `none`, or those of the platforms in `platformlist`.",
      ),
      platformlist: sectionList({
        architecture: optionalSetting(text, "As in the index: amd64, arm64 …"),
        os: optionalSetting(text, "As in the index: linux, windows …"),
      }),
    }),
  }),
})

export const proxy = section({
  remoteurl: refused("mirroring another registry is not in this version"),
  ...mirrorKeys,
})

export const policy = section({
  repository: section({
    classes: refused("a list of what may be pushed is not in this version: without it, images and plugins may be"),
  }),
})

export const middleware = refused("middleware is not in this version: remove it, or write disabled: true", (node) =>
  elements(node).flatMap(elements).some(isEnabled),
)

// Variables make a list into a map of indexes where no file has one: both are looked through alike.
function elements(node: SettingNode): SettingNode[] {
  return isTree(node) || Array.isArray(node) ? Object.values(node) : [node]
}

function isEnabled(entry: SettingNode): boolean {
  const disabled = findNode(entry, ["disabled"])
  return isSet(entry) && !(typeof disabled === "string" && isYes(disabled))
}
