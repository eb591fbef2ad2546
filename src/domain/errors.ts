import type { Digest } from "./digest.ts"

/** Every way in which a request can fail. Finer than the wire's codes: `http/error-response.ts` maps each to one. */
export type ErrorCode =
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "DIGEST_INVALID"
  | "DIGEST_MISMATCH"
  | "SIZE_INVALID"
  | "BLOB_UNKNOWN"
  | "BLOB_DAMAGED"
  | "BLOB_TOO_LARGE"
  | "UPLOAD_UNKNOWN"
  | "UPLOAD_OFFSET_MISMATCH"
  | "UPLOAD_INTERRUPTED"
  | "UPLOAD_LIMIT"
  | "RANGE_UNSATISFIABLE"
  | "MANIFEST_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_TOO_LARGE"
  | "MANIFEST_REFERENCE_UNKNOWN"
  | "TAG_INVALID"
  | "TAG_UNKNOWN"
  | "TIME_INVALID"
  | "PAGE_SIZE_INVALID"
  | "ENDPOINT_UNKNOWN"
  | "EVENT_UNKNOWN"
  | "UNAUTHENTICATED"
  | "SCOPE_INSUFFICIENT"
  | "DELETE_DISABLED"
  | "READ_ONLY"
  | "JOB_UNKNOWN"
  | "BACKUP_UNKNOWN"
  | "JOB_RUNNING"
  | "REQUEST_INVALID"
  | "MEDIA_TYPE_UNSUPPORTED"
  | "ROUTE_UNKNOWN"
  | "METHOD_UNSUPPORTED"
  | "OVERLOADED"
  | "STORAGE_FULL"
  | "STORAGE_FAILED"

interface RegistryErrorOptions {
  /** Goes to the client as it is: it holds nothing that the caller may not know. */
  detail?: unknown
  cause?: unknown
}

/** The one error that services and parsers throw. `message` is for the client; it names what to do where that is not plain. */
export class RegistryError extends Error {
  readonly code: ErrorCode
  readonly detail: unknown

  constructor(code: ErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = "RegistryError"
    this.code = code
    this.detail = options.detail
  }
}

export function isRegistryError(error: unknown, code?: ErrorCode): error is RegistryError {
  return error instanceof RegistryError && (code === undefined || error.code === code)
}

/** A chunk that does not begin where the stored bytes end. The client reads `sizeBytes` from `Range` and goes on from there. */
export class OffsetMismatchError extends RegistryError {
  readonly uploadId: string
  readonly sizeBytes: number

  constructor(uploadId: string, sizeBytes: number) {
    super("UPLOAD_OFFSET_MISMATCH", "the chunk does not begin where the upload ends: resume at the end of Range")
    this.uploadId = uploadId
    this.sizeBytes = sizeBytes
  }
}

export function digestMismatch(claimed: Digest, computed: Digest): RegistryError {
  return new RegistryError("DIGEST_MISMATCH", "provided digest did not match uploaded content", {
    detail: { digest: claimed, computed },
  })
}
