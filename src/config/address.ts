import type { TcpAddress } from "../domain/address.ts"
import { InvalidValueError } from "./config-error.ts"

/** Where a server listens that is told nothing. */
export const STANDARD_ADDRESS = "127.0.0.1:5000"

/** Reads `host:port`, `:port` (every interface) or `[IPv6]:port`. Throws InvalidValueError. */
export function parseAddress(text: string): TcpAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw new InvalidValueError("not an address")
  return { kind: "tcp", host: match[1] ?? match[2] ?? "", port }
}
