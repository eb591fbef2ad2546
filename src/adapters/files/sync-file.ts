import { open } from "node:fs/promises"

/** Makes the bytes of a file durable that something else has written. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
