// The configuration as the program sees it: frozen, complete, every default filled in. A service receives its slice.

export interface Config {
  /** Path of the file it was read from; `undefined` when the server was started without one. */
  readonly source: string | undefined
  readonly log: LogConfig
  readonly http: HttpConfig
  readonly storage: StorageConfig
  readonly uploadPurging: UploadPurgingConfig
  /** `undefined`: everybody may do everything. */
  readonly auth: HtpasswdConfig | undefined
  readonly catalog: { readonly maxEntries: number }
  readonly tags: { readonly maxTags: number }
  readonly validation: ValidationConfig
  readonly limits: LimitsConfig
  readonly workers: WorkersConfig
  readonly database: DatabaseConfig
}

export interface LogConfig {
  readonly level: "error" | "warn" | "info" | "debug"
  readonly formatter: "text" | "json"
  /** Added to every line. */
  readonly fields: Readonly<Record<string, string>>
  readonly accessLog: boolean
}

export interface HttpConfig {
  readonly address: ListenAddress
  /** Base of absolute Locations, `https://host[:port][/path]`, no slash at its end; `undefined`: Locations are relative. */
  readonly externalUrl: string | undefined
  /** Starts and ends with a slash; `/` when nothing is put before `/v2/`. */
  readonly prefix: string
  /** How long a stop waits for transfers under way; 0: it does not wait. */
  readonly drainTimeoutSeconds: number
  /** Added to the answers of routes; names as they were written. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly tls: TlsConfig | undefined
}

export interface ListenAddress {
  /** A name or an IP address without brackets; empty: every interface. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

export interface TlsConfig {
  readonly certificatePath: string
  readonly keyPath: string
  readonly minimumVersion: "tls1.2" | "tls1.3"
}

export type StorageConfig = FilesystemStorageConfig | InMemoryStorageConfig

export interface FilesystemStorageConfig extends StorageRules {
  readonly kind: "filesystem"
  /** As written: may be relative to the working directory. */
  readonly root: string
}

export interface InMemoryStorageConfig extends StorageRules {
  readonly kind: "inmemory"
}

interface StorageRules {
  /** Whether `/v2` answers DELETE of manifests, tags and blobs. */
  readonly deleteEnabled: boolean
  /** Whether every method that writes is refused. */
  readonly readOnly: boolean
}

export interface UploadPurgingConfig {
  readonly enabled: boolean
  readonly ageSeconds: number
  readonly intervalSeconds: number
  readonly dryRun: boolean
}

export interface HtpasswdConfig {
  readonly kind: "htpasswd"
  readonly realm: string
  readonly path: string
}

export interface ValidationConfig {
  /** Set: the children of an index may be missing, and `manifestUrls` does not count. */
  readonly disabled: boolean
  /** What the `urls` of a layer must match: any of `allow` (when it is not empty) and none of `deny`. */
  readonly manifestUrls: { readonly allow: readonly RegExp[]; readonly deny: readonly RegExp[] }
}

export interface LimitsConfig {
  /** A body that brings less than 1 KiB/s over this time is given up. */
  readonly stallSeconds: number
  /** A client that reads nothing of its answer for this time is cut off. */
  readonly readStallSeconds: number
  /** Uploads open at once of one user, or of one address of anonymous clients. */
  readonly uploads: number
  readonly connections: number
  readonly manifestBytes: number
  /** Layers, configuration and children that one manifest may name. */
  readonly manifestReferences: number
  /** 0: no limit. */
  readonly blobBytes: number
  /** Ranges in one Range header. */
  readonly ranges: number
}

export interface WorkersConfig {
  /** Threads that hash and write uploads; 0: as many as there are processors, at most 4. */
  readonly hashing: number
}

export interface DatabaseConfig {
  /** `undefined`: `berth/metadata.db` under the storage's root. */
  readonly path: string | undefined
}
