import { dlopen, type Pointer } from "bun:ffi"

/** The three calls of the C library that the runtime has no name for. */
export interface Sockets {
  setsockopt(descriptor: number, level: number, option: number, value: Pointer, length: number): number
  getsockopt(descriptor: number, level: number, option: number, value: Pointer, length: Pointer): number
  getsockname(descriptor: number, address: Pointer, length: Pointer): number
}

// glibc, then musl; the numbers that we pass are Linux's, so no other system is tried.
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]

let loaded: Sockets | undefined

export function loadSockets(): Sockets | undefined {
  for (const library of LIBRARIES) {
    if (loaded !== undefined) break
    loaded = tryLoad(library)
  }
  return loaded
}

function tryLoad(library: string): Sockets | undefined {
  try {
    return dlopen(library, {
      setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
      getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
      getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
    }).symbols
  } catch {
    return undefined
  }
}
