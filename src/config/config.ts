// The configuration as the program sees it: frozen, complete, every default filled in. A service receives its slice.

import type { ListenAddress, TcpAddress } from "../domain/address.ts"
import type { EventFormat } from "../domain/event.ts"

export interface Config {
  /** Path of the file it was read from; `undefined` when the server was started without one. */
  readonly source: string | undefined
  readonly log: LogConfig
  readonly http: HttpConfig
  readonly storage: StorageConfig
  readonly uploadPurging: UploadPurgingConfig
  /** `undefined`: everybody may do everything. */
  readonly auth: AuthConfig | undefined
  readonly catalog: { readonly maxEntries: number }
  readonly tags: { readonly maxTags: number }
  readonly validation: ValidationConfig
  readonly limits: LimitsConfig
  readonly workers: WorkersConfig
  readonly database: DatabaseConfig
  readonly health: HealthConfig
  readonly notifications: NotificationsConfig
  readonly network: NetworkConfig
  readonly gc: GcConfig
  readonly history: { readonly keepSeconds: number }
  readonly scrub: ScrubConfig
}

export interface ScrubConfig {
  readonly enabled: boolean
  readonly bytesPerSecond: number
  /** From the beginning of a pass to that of the next. */
  readonly intervalSeconds: number
  readonly verifyReads: boolean
}

export interface LogConfig {
  readonly level: "error" | "warn" | "info" | "debug"
  readonly formatter: "text" | "json" | "logstash"
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
  /** A second listener for operators; `undefined`: none. */
  readonly debug: DebugConfig | undefined
  /** HTTP/2 over TLS, by ALPN. */
  readonly http2: boolean
  /** HTTP/2 without TLS, by prior knowledge. */
  readonly h2c: boolean
}

export interface DebugConfig {
  readonly address: ListenAddress
  /** Path under which Prometheus finds the metrics; `undefined`: none are given. */
  readonly metricsPath: string | undefined
}

export interface TlsConfig {
  readonly certificate: CertificateFiles | LetsEncryptConfig
  readonly minimumVersion: "tls1.2" | "tls1.3"
  /** Names of OpenSSL or IANA, for TLS 1.2; empty: the runtime's own choice. */
  readonly cipherSuites: readonly string[]
  /** Files of the authorities that sign clients' certificates, PEM; empty: clients are asked for none. */
  readonly clientAuthorityPaths: readonly string[]
  readonly clientAuthentication: ClientAuthentication
}

/** Those of distribution's names that the runtime can keep to. */
type ClientAuthentication = "request-client-cert" | "require-and-verify-client-cert"

export interface CertificateFiles {
  readonly kind: "files"
  readonly certificatePath: string
  readonly keyPath: string
}

export interface LetsEncryptConfig {
  readonly kind: "letsencrypt"
  readonly cachePath: string
  readonly email: string | undefined
  readonly hosts: readonly string[]
  readonly directoryUrl: string
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

export type AuthConfig = HtpasswdConfig | TokenConfig | SillyConfig

/** Tokens (JWT) of an authorization server elsewhere. */
export interface TokenConfig {
  readonly kind: "token"
  readonly realm: string
  readonly service: string
  readonly issuer: string
  /** Files with the issuer's keys: certificates in PEM, and a JSON Web Key Set. At least one is set. */
  readonly certificatesPath: string | undefined
  readonly keySetPath: string | undefined
  /** Names of RFC 7518 and RFC 8037, such as RS256. Never empty. */
  readonly algorithms: readonly string[]
  /** Set: the realm of a challenge is this path on the host that the client asked; `undefined`: it is `realm`. */
  readonly redirectPath: string | undefined
}

/** Lets everybody in who sends any Authorization header: for tests of clients. */
export interface SillyConfig {
  readonly kind: "silly"
  readonly realm: string
  readonly service: string
}

export interface HtpasswdConfig {
  readonly kind: "htpasswd"
  readonly realm: string
  readonly path: string
}

export interface ValidationConfig {
  /** The children of an index that must be there when it is pushed: all, or those of these platforms. */
  readonly requiredPlatforms: "all" | readonly PlatformConfig[]
  /** What the `urls` of a layer must match: any of `allow` (when it is not empty) and none of `deny`. */
  readonly manifestUrls: { readonly allow: readonly RegExp[]; readonly deny: readonly RegExp[] }
}

export interface PlatformConfig {
  readonly os: string | undefined
  readonly architecture: string | undefined
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

export interface NetworkConfig {
  /** Addresses and networks (CIDR) of the proxies whose Forwarded and X-Forwarded-* headers are believed; `unix`: of all on a unix socket. */
  readonly trustedProxies: readonly string[]
  /** Where the questions of an ACME authority are answered; `undefined`: on port 80 beside the registry's own. */
  readonly acmeAddress: TcpAddress | undefined
}

export interface GcConfig {
  /** How long what is deleted or not referred to is kept. */
  readonly graceSeconds: number
  /** How long a condemned blob waits for its end. */
  readonly sweepDelaySeconds: number
  readonly intervalSeconds: number
  /** How long nobody must have pulled a manifest without a tag; `undefined`: they stay. */
  readonly untaggedSeconds: number | undefined
  readonly isPaused: boolean
}

export interface HealthConfig {
  /** `undefined`: the storage is not watched. */
  readonly storage: ProbeRhythm | undefined
  readonly files: readonly FileProbe[]
  readonly urls: readonly UrlProbe[]
  readonly tcp: readonly TcpProbe[]
}

interface ProbeRhythm {
  readonly intervalSeconds: number
  /** Failures in a row that make the registry unhealthy. */
  readonly threshold: number
}

/** Unhealthy while the file exists. */
export interface FileProbe {
  readonly path: string
  readonly intervalSeconds: number
}

export interface UrlProbe extends ProbeRhythm {
  readonly url: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** What a healthy answer has. */
  readonly status: number
  readonly timeoutSeconds: number
}

export interface TcpProbe extends ProbeRhythm {
  /** `host:port`. */
  readonly address: string
  readonly timeoutSeconds: number
}

export interface NotificationsConfig {
  /** Those that are not disabled. */
  readonly endpoints: readonly EndpointConfig[]
  /** Whether the events of manifests name what these refer to. */
  readonly includesReferences: boolean
  /** What is kept of events that are not delivered. */
  readonly outbox: OutboxConfig
}

export interface EndpointConfig {
  /** Different for each. */
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly timeoutSeconds: number
  /** Failures in a row after which the endpoint is left alone for `backoffSeconds`. */
  readonly threshold: number
  readonly backoffSeconds: number
  readonly ignoredMediaTypes: readonly string[]
  readonly ignoredActions: readonly string[]
  readonly format: EventFormat
  /** Set: every request carries an HMAC-SHA256 of its body under this key. */
  readonly hmacKey: string | undefined
}

export interface OutboxConfig {
  /** Deliveries that may wait for one endpoint; a further event goes to its dead letters at once. */
  readonly maxWaiting: number
  /** How old a delivery may grow before it goes to the dead letters. */
  readonly maxAgeSeconds: number
  /** How long dead letters are kept for replay. */
  readonly keepDeadSeconds: number
}
