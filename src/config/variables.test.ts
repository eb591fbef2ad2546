import { describe, expect, test } from "bun:test"
import { listKnownKeys } from "./known-keys.ts"
import { findVariableTarget, variableOf } from "./variables.ts"

test("every known key is what its variable overrides", () => {
  for (const { key } of listKnownKeys()) {
    expect(findVariableTarget(variableOf(key))?.path.join(".")).toBe(key.replace("NAME", "name"))
  }
})

describe("findVariableTarget()", () => {
  test.each([
    ["REGISTRY_HTTP_HEADERS_X-Frame-Options", "http.headers.x-frame-options", undefined],
    ["REGISTRY_HTTP_HEADERS_X-A_0", "http.headers.x-a.0", "http.headers.x-a"],
    ["REGISTRY_LOG_FIELDS_MY_NAME", "log.fields.my.name", undefined],
    ["REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_1", "validation.manifests.urls.deny.1", "validation.manifests.urls.deny"],
    ["REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL", "notifications.endpoints.0.url", "notifications.endpoints"],
    [
      "REGISTRY_NOTIFICATIONS_ENDPOINTS_1_IGNORE_ACTIONS_0",
      "notifications.endpoints.1.ignore.actions.0",
      "notifications.endpoints.1.ignore.actions",
    ],
    ["REGISTRY_NOTIFICATIONS_EVENTCONFIG_INCLUDEREFERENCES", "notifications.events.includereferences", undefined],
    ["REGISTRY_NOTIFICATIONS_EVENTS_INCLUDEREFERENCES", "notifications.events.includereferences", undefined],
    ["REGISTRY_HEALTH_FILECHECKERS_0_FILE", "health.file.0.file", "health.file"],
    ["REGISTRY_HEALTH_HTTPCHECKERS", "health.http", undefined],
    ["REGISTRY_HEALTH_TCP_0_ADDR", "health.tcp.0.addr", "health.tcp"],
    ["REGISTRY_LOG_HOOKS_0_MAILOPTIONS_SMTP_ADDR", "log.hooks.0.options.smtp.addr", "log.hooks"],
    ["REGISTRY_LOG_HOOKS_0_OPTIONS_FROM", "log.hooks.0.options.from", "log.hooks"],
    ["REGISTRY_COMPATIBILITY_SCHEMA1_TRUSTKEY", "compatibility.schema1.signingkeyfile", undefined],
    ["REGISTRY_REDIS_ADDRS", "redis.addrs", undefined],
    ["REGISTRY_REDIS_OPTIONS_ADDRS", "redis.addrs", undefined],
    ["REGISTRY_EVENTS_ENDPOINTS_MY_HOOK_FORMAT", "events.endpoints.my_hook.format", undefined],
    ["REGISTRY_EVENTS_ENDPOINTS_HOOK", "events.endpoints.hook", undefined],
    ["REGISTRY_STORAGE_S3_SECRETKEY", "storage.s3.secretkey", undefined],
    ["REGISTRY_AUTH_LDAP_URL", "auth.ldap.url", undefined],
  ])("takes %s to %s", (variable, path, listPath) => {
    const target = findVariableTarget(variable)
    const lists = target?.lists.map((depth) => target.path.slice(0, depth).join("."))
    expect([target?.path.join("."), lists?.at(-1)]).toEqual([path, listPath])
  })

  test.each([
    "REGISTRY_",
    "REGISTRY_HTPP_ADDR",
    "REGISTRY_HTTP_ADDR_0",
    "REGISTRY_HTTP__ADDR",
    "REGISTRY_LIMITS_X",
    "REGISTRY_http_addr",
    "REGISTRY_REDIS_OPTIONS",
    "REGISTRY_REDIS_ADRS",
  ])("knows nothing of %s", (variable) => {
    expect(findVariableTarget(variable)).toBeUndefined()
  })
})
