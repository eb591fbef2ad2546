import { OffsetMismatchError, type ErrorCode, type RegistryError } from "../domain/errors.ts"

type WireCode =
  | "UNKNOWN"
  | "UNSUPPORTED"
  | "UNAUTHORIZED"
  | "UNAVAILABLE"
  | "TOOMANYREQUESTS"
  | "DIGEST_INVALID"
  | "SIZE_INVALID"
  | "RANGE_INVALID"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "MANIFEST_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "PAGINATION_NUMBER_INVALID"

/** What each of our errors is on the wire: the specification's code (or distribution's, where it has none) and the status. */
const WIRE: Record<ErrorCode, readonly [WireCode, number]> = {
  NAME_INVALID: ["NAME_INVALID", 400],
  NAME_UNKNOWN: ["NAME_UNKNOWN", 404],
  DIGEST_INVALID: ["DIGEST_INVALID", 400],
  DIGEST_MISMATCH: ["DIGEST_INVALID", 400],
  SIZE_INVALID: ["SIZE_INVALID", 400],
  BLOB_UNKNOWN: ["BLOB_UNKNOWN", 404],
  BLOB_DAMAGED: ["UNKNOWN", 500],
  BLOB_TOO_LARGE: ["SIZE_INVALID", 413],
  UPLOAD_UNKNOWN: ["BLOB_UPLOAD_UNKNOWN", 404],
  UPLOAD_OFFSET_MISMATCH: ["RANGE_INVALID", 416],
  UPLOAD_INTERRUPTED: ["BLOB_UPLOAD_INVALID", 408],
  UPLOAD_LIMIT: ["TOOMANYREQUESTS", 429],
  RANGE_UNSATISFIABLE: ["RANGE_INVALID", 416],
  MANIFEST_UNKNOWN: ["MANIFEST_UNKNOWN", 404],
  MANIFEST_INVALID: ["MANIFEST_INVALID", 400],
  MANIFEST_TOO_LARGE: ["SIZE_INVALID", 413],
  MANIFEST_REFERENCE_UNKNOWN: ["MANIFEST_BLOB_UNKNOWN", 404],
  TAG_INVALID: ["MANIFEST_INVALID", 400],
  TAG_UNKNOWN: ["MANIFEST_UNKNOWN", 404],
  TIME_INVALID: ["MANIFEST_INVALID", 400],
  PAGE_SIZE_INVALID: ["PAGINATION_NUMBER_INVALID", 400],
  UNAUTHENTICATED: ["UNAUTHORIZED", 401],
  SCOPE_INSUFFICIENT: ["UNAUTHORIZED", 401],
  DELETE_DISABLED: ["UNSUPPORTED", 405],
  READ_ONLY: ["UNSUPPORTED", 405],
  // The management API alone throws these, and shows no code of the wire.
  JOB_UNKNOWN: ["UNKNOWN", 404],
  BACKUP_UNKNOWN: ["UNKNOWN", 404],
  JOB_RUNNING: ["UNKNOWN", 409],
  ENDPOINT_UNKNOWN: ["UNKNOWN", 404],
  EVENT_UNKNOWN: ["UNKNOWN", 404],
  REQUEST_INVALID: ["UNKNOWN", 400],
  MEDIA_TYPE_UNSUPPORTED: ["UNKNOWN", 415],
  ROUTE_UNKNOWN: ["UNSUPPORTED", 404],
  METHOD_UNSUPPORTED: ["UNSUPPORTED", 405],
  OVERLOADED: ["TOOMANYREQUESTS", 429],
  STORAGE_FULL: ["UNAVAILABLE", 507],
  STORAGE_FAILED: ["UNAVAILABLE", 503],
}

export function statusOf(code: ErrorCode): number {
  return WIRE[code][1]
}

const RETRY_AFTER_SECONDS = 30

/** `{"errors":[{code, message, detail}]}` (distribution-spec, "Error Codes"). `headers` are those of every answer of the route. */
export function toErrorResponse(error: RegistryError, headers: Record<string, string>): Response {
  const [code, status] = WIRE[error.code]
  const body = {
    errors: [{ code, message: error.message, ...(error.detail !== undefined && { detail: error.detail }) }],
  }
  const text = `${JSON.stringify(body)}\n`
  return new Response(text, {
    status,
    headers: {
      ...headers,
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(text)),
      ...(status === 429 || status === 503 ? { "Retry-After": `${retryAfterSeconds(error)}` } : {}),
      // The rest of such a body may still come, or never.
      ...(status === 408 ? { Connection: "close" } : {}),
      ...(error instanceof OffsetMismatchError ? { "Docker-Upload-UUID": error.uploadId } : {}),
    },
  })
}

/** What the error knows of it (an identity adapter that counts failures does), else a guess. */
function retryAfterSeconds({ detail }: RegistryError): number {
  if (typeof detail !== "object" || detail === null || !("retryAfterSeconds" in detail)) return RETRY_AFTER_SECONDS
  return typeof detail.retryAfterSeconds === "number" ? detail.retryAfterSeconds : RETRY_AFTER_SECONDS
}

/** For what nobody foresaw: the cause is in the log under the request's id, and nothing of it here. */
export function toUnknownErrorResponse(requestId: string, headers: Record<string, string>): Response {
  const body = { errors: [{ code: "UNKNOWN", message: "unknown error", detail: { requestId } }] }
  const text = `${JSON.stringify(body)}\n`
  return new Response(text, {
    status: 500,
    headers: { ...headers, "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(text)) },
  })
}
