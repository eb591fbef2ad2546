import { ptr } from "bun:ffi"
import { readdirSync } from "node:fs"
import { loadSockets, type Sockets } from "./sockets.ts"

/** Holds back new connections to a listening socket in the kernel, without touching those that are there. */
export interface AcceptGate {
  /** Whether it could be shut. */
  shut(): boolean
  open(): void
}

const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SO_DETACH_FILTER = 27
const SO_ACCEPTCONN = 30
const LONGEST_ADDRESS_BYTES = 128
const AF_INET = 2
const AF_INET6 = 10
const RETURN_CONSTANT = 6

/**
 * Finds the socket of this process that listens on the port. `undefined` where that is not possible. On Linux a packet
 * filter that drops everything, set on a listening socket, makes clients wait: they repeat their SYN after 1, 3, 7 … s.
 */
export function findAcceptGate(port: number): AcceptGate | undefined {
  const sockets = loadSockets()
  if (sockets === undefined) return undefined
  const descriptor = listDescriptors().find((candidate) => findListeningPort(sockets, candidate) === port)
  return descriptor === undefined ? undefined : createGate(sockets, descriptor)
}

function createGate(sockets: Sockets, descriptor: number): AcceptGate {
  // struct sock_filter {u16 code; u8 jt, jf; u32 k}: one instruction, "return 0 bytes of the packet".
  const filter = new Uint16Array([RETURN_CONSTANT, 0, 0, 0])
  // struct sock_fprog {u16 length; struct sock_filter *filter} on a 64-bit machine.
  const program = new BigUint64Array([1n, BigInt(ptr(filter))])
  const nothing = new Int32Array(1)
  return {
    // `filter` is named here so that it lives as long as the pointer to it.
    shut: () => filter.length > 0 && set(SO_ATTACH_FILTER, program),
    open: () => void set(SO_DETACH_FILTER, nothing),
  }

  function set(option: number, value: NodeJS.TypedArray): boolean {
    return sockets.setsockopt(descriptor, SOL_SOCKET, option, ptr(value), value.byteLength) === 0
  }
}

function findListeningPort(sockets: Sockets, descriptor: number): number | undefined {
  const isListening = new Int32Array(1)
  const length = new Uint32Array([isListening.byteLength])
  const failed = sockets.getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, ptr(isListening), ptr(length)) !== 0
  if (failed || isListening[0] !== 1) return undefined
  const address = new DataView(new ArrayBuffer(LONGEST_ADDRESS_BYTES))
  const addressLength = new Uint32Array([LONGEST_ADDRESS_BYTES])
  if (sockets.getsockname(descriptor, ptr(address), ptr(addressLength)) !== 0) return undefined
  // What a unix socket has in the place of the port is its path.
  if (![AF_INET, AF_INET6].includes(address.getUint16(0, true))) return undefined
  // sockaddr_in and sockaddr_in6 both have the port, in network order, behind the family.
  return address.getUint16(2)
}

function listDescriptors(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number)
  } catch {
    return []
  }
}
