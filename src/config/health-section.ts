import { InvalidValueError } from "./config-error.ts"
import { secretFields } from "./field.ts"
import { mapOfListsSetting, noEffect, requiredSetting, section, sectionList, setting } from "./settings.ts"
import { durationOr, entries, flag, integer, text, type ValueType } from "./values.ts"

const interval = setting(durationOr("10s"), "10s", "Time between two checks.")
const threshold = setting(entries(1), "1", "Failures in a row that make the registry unhealthy.")
const timeout = setting(durationOr("10s"), "10s", "How long an answer may take.")

export const webAddress: ValueType<string> = {
  allowed: "a URL with http:// or https://",
  parse: (value) => {
    if (!/^https?:\/\//i.test(value) || URL.parse(value) === null) throw new InvalidValueError("no URL")
    return value
  },
}

const target: ValueType<string> = {
  allowed: "host:port",
  parse: (value) => {
    if (!/^[^\s/]+:\d{1,5}$/.test(value)) throw new InvalidValueError("no address")
    return value
  },
}

export const health = section(
  {
    storagedriver: section({
      enabled: setting(flag, "false", "Watch whether the storage can be reached."),
      interval,
      threshold,
    }),
    file: sectionList({
      file: requiredSetting(text, "A path; the registry is unhealthy while it exists."),
      interval,
      threshold: noEffect("the file is there or it is not"),
    }),
    http: sectionList({
      uri: requiredSetting(webAddress, "A URL; the registry is unhealthy while it does not answer as it should."),
      headers: mapOfListsSetting(secretFields, "Header fields of the request."),
      statuscode: setting(integer(0, 599), "200", "The status of a healthy answer."),
      timeout,
      interval,
      threshold,
    }),
    tcp: sectionList({
      addr: requiredSetting(target, "An address; the registry is unhealthy while it takes no connection."),
      timeout,
      interval,
      threshold,
    }),
  },
  "warn",
  { FILECHECKERS: "file", HTTPCHECKERS: "http", TCPCHECKERS: "tcp" },
)
