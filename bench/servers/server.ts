export interface Certificate {
  certificatePath: string
  keyPath: string
}

export interface Settings {
  /** For the server's own files: configuration, pid, temporary files. */
  directory: string
  /** The server's data. */
  root: string
  port: number
  certificate?: Certificate
}

/** A program to measure. */
export interface Server {
  name: string
  version: string
  /** False for a server of static files, which takes part where bytes are only read. */
  isRegistry: boolean
  /** Writes the configuration; gives the command line. */
  configure(settings: Settings): string[]
}
