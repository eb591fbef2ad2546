import { secretFields } from "./field.ts"
import { webAddress } from "./health-section.ts"
import { listSetting, mapOfListsSetting, optionalSetting, section, sectionList, setting } from "./settings.ts"
import { durationOr, entries, flag, text } from "./values.ts"

const endpoints = sectionList({
  name: optionalSetting(text, "What the log and the metrics call the endpoint."),
  disabled: setting(flag, "false", "Send nothing there."),
  url: optionalSetting(webAddress, "Where events are sent."),
  headers: mapOfListsSetting(secretFields, "Header fields of the requests."),
  timeout: setting(durationOr("1s"), "1s", "How long an answer may take."),
  threshold: setting(entries(10), "10", "Failures in a row after which the endpoint is left alone for `backoff`."),
  backoff: setting(durationOr("1s"), "1s", "How long it is left alone."),
  ignoredmediatypes: listSetting(text, "Media types whose events are not sent."),
  ignore: section({
    mediatypes: listSetting(text, "The same; both lists count."),
    actions: listSetting(text, "Actions whose events are not sent: pull, push, mount, delete."),
  }),
})

export const notifications = section(
  {
    events: section({
      includereferences: setting(flag, "false", "Name in the events of a manifest what it refers to."),
    }),
    endpoints,
  },
  "warn",
  { EVENTCONFIG: "events" },
)
