import { openAcmeCertificates } from "../adapters/acme/certificates.ts"
import { systemClock } from "../adapters/clock/system.ts"
import type { Config, LetsEncryptConfig } from "../config/config.ts"
import type { TcpAddress } from "../domain/address.ts"
import { createChallengeApp } from "../http/challenges.ts"
import { createListener, type ListenerOptions } from "../http/listener.ts"
import type { Logger } from "../ports/logger.ts"

interface Certificates {
  tls: NonNullable<ListenerOptions["tls"]>
  /** To be called once the registry is served: only then can a new certificate be taken. */
  start(): void
  stop(options: { deadlineSeconds: number }): Promise<void>
}

const HTTP_PORT = 80
const HTTPS_PORT = 443

/** Finds the files of TLS; where an authority gives them, also opens the address at which it asks. */
export async function openCertificates(config: Config, log: Logger): Promise<Certificates | undefined> {
  const { tls } = config.http
  if (tls === undefined) return undefined
  const { certificate } = tls
  if (certificate.kind === "letsencrypt") return openManaged({ ...tls, certificate }, config, log)
  return { tls: { ...tls, ...certificate }, start: () => undefined, stop: async () => undefined }
}

type ManagedTls = NonNullable<Config["http"]["tls"]> & { certificate: LetsEncryptConfig }

async function openManaged(tls: ManagedTls, config: Config, log: Logger): Promise<Certificates> {
  const { certificate } = tls
  const acme = await openAcmeCertificates({ ...certificate, clock: systemClock, log })
  const { challenges, certificatePath } = acme
  const listener = await createListener({
    setting: "network.acmeaddr",
    address: config.network.acmeAddress ?? findDefaultAddress(config),
    http2: false,
    limits: config.limits,
    handler: createChallengeApp({ challenges, hosts: certificate.hosts, httpsPort: findHttpsPort(config) }),
    log,
  }).catch(tellWhich)
  return {
    tls: { ...tls, certificatePath, keyPath: certificatePath },
    start: () => acme.start(),
    stop: async (options) => {
      acme.stop()
      await listener.stop(options)
    },
  }
}

function findDefaultAddress({ http: { address } }: Config): TcpAddress {
  return { kind: "tcp", host: address.kind === "tcp" ? address.host : "", port: HTTP_PORT }
}

/** Where clients find TLS: a port of this machine may have another number outside. */
function findHttpsPort({ http: { address, externalUrl } }: Config): number {
  if (externalUrl !== undefined) return Number(new URL(externalUrl).port || HTTPS_PORT)
  return address.kind === "tcp" ? address.port : HTTPS_PORT
}

function tellWhich(cause: unknown): never {
  if (!(cause instanceof Error)) throw cause
  throw new Error(`the address for Let's Encrypt's questions: ${cause.message}`, { cause })
}
