import { describe, expect, test } from "bun:test"
import { listKnownKeys } from "./known-keys.ts"
import { findVariableTarget, variableOf } from "./variables.ts"

test("every known key is what its variable overrides", () => {
  for (const { key } of listKnownKeys()) expect(findVariableTarget(variableOf(key))).toEqual({ path: key.split(".") })
})

describe("findVariableTarget()", () => {
  test.each([
    ["REGISTRY_HTTP_HEADERS_X-Frame-Options", "http.headers.x-frame-options", undefined],
    ["REGISTRY_HTTP_HEADERS_X-A_0", "http.headers.x-a.0", "http.headers.x-a"],
    ["REGISTRY_LOG_FIELDS_MY_NAME", "log.fields.my_name", undefined],
    ["REGISTRY_VALIDATION_MANIFESTS_URLS_DENY_1", "validation.manifests.urls.deny.1", "validation.manifests.urls.deny"],
    ["REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL", "notifications.endpoints.0.url", undefined],
    ["REGISTRY_STORAGE_S3_SECRETKEY", "storage.s3.secretkey", undefined],
    ["REGISTRY_AUTH_LDAP_URL", "auth.ldap.url", undefined],
  ])("takes %s to %s", (variable, path, listPath) => {
    const target = findVariableTarget(variable)
    expect([target?.path.join("."), target?.listPath?.join(".")]).toEqual([path, listPath])
  })

  test.each(["REGISTRY_", "REGISTRY_HTPP_ADDR", "REGISTRY_HTTP_ADDR_0", "REGISTRY_HTTP__ADDR", "REGISTRY_LIMITS_X"])(
    "knows nothing of %s",
    (variable) => {
      expect(findVariableTarget(variable)).toBeUndefined()
    },
  )
})
