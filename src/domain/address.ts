/** Where a server listens. */
export type ListenAddress = TcpAddress | UnixAddress

export interface TcpAddress {
  readonly kind: "tcp"
  /** A name or an IP address without brackets; empty: every interface. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

export interface UnixAddress {
  readonly kind: "unix"
  readonly path: string
}
