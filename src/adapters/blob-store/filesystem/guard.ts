import { RegistryError } from "../../../domain/errors.ts"

const FULL = new Set<unknown>(["ENOSPC", "EDQUOT", "EFBIG"])

/** Tells errors of the file system in the registry's words. */
export async function guard<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isFull = error instanceof Error && "code" in error && FULL.has(error.code)
    if (isFull) throw new RegistryError("STORAGE_FULL", "the registry's storage is full", { cause: error })
    throw new RegistryError("STORAGE_FAILED", "the registry's storage failed", { cause: error })
  }
}
