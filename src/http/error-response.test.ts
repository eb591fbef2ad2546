import { expect, test } from "bun:test"
import { RegistryError, type ErrorCode } from "../domain/errors.ts"
import { toErrorResponse } from "./error-response.ts"

function retryAfter(code: ErrorCode, detail?: unknown): string | null {
  return toErrorResponse(new RegistryError(code, "a test", { detail }), {}).headers.get("retry-after")
}

test("Retry-After is what the error knows of it", () => {
  expect(retryAfter("OVERLOADED", { retryAfterSeconds: 7 })).toBe("7")
})

test("Retry-After is half a minute where the error knows no number of seconds", () => {
  for (const detail of [undefined, null, "7", {}, { retryAfterSeconds: "7" }]) {
    expect(retryAfter("OVERLOADED", detail)).toBe("30")
  }
  expect(retryAfter("UPLOAD_LIMIT")).toBe("30")
  expect(retryAfter("STORAGE_FAILED")).toBe("30")
})

test("an error that waiting does not mend has no Retry-After", () => {
  expect(retryAfter("STORAGE_FULL", { retryAfterSeconds: 7 })).toBeNull()
  expect(retryAfter("MANIFEST_UNKNOWN")).toBeNull()
})
