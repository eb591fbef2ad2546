import { createPublicKey, sign, type KeyObject } from "node:crypto"

export interface CertificateOptions {
  subject: string
  /** The key that it is for. */
  key: KeyObject
  /** Who signs, with an EC key; left out: the certificate signs itself, and `key` is its private one. */
  issuer?: { subject: string; key: KeyObject }
  notBefore?: Date
  notAfter?: Date
  /** Absent: no authority's. */
  authority?: { pathLength?: number }
  /** An extension that nobody knows, and that must be understood. */
  hasUnknownDemand?: boolean
}

const DAY_MS = 86_400_000
const [INTEGER, BIT_STRING, OCTET_STRING, UTF8_STRING, GENERALIZED_TIME] = [0x02, 0x03, 0x04, 0x0c, 0x18]
const [BOOLEAN, SEQUENCE, SET] = [0x01, 0x30, 0x31]
const TRUE = element(BOOLEAN, Buffer.from([0xff]))
// Object identifiers with their tag and length: ecdsa-with-SHA256, commonName, basicConstraints, and one of nobody.
const ECDSA_SHA256 = Buffer.from("06082a8648ce3d040302", "hex")
const COMMON_NAME = Buffer.from("0603550403", "hex")
const BASIC_CONSTRAINTS = Buffer.from("0603551d13", "hex")
const UNKNOWN = Buffer.from("06032a0304", "hex")

/** Makes an X.509 certificate in DER, signed with ECDSA and SHA-256: openssl is not everywhere, and refuses to make bad ones. */
export function createCertificate(options: CertificateOptions): Buffer {
  const { subject, key, issuer = { subject, key } } = options
  const algorithm = element(SEQUENCE, ECDSA_SHA256)
  const now = Date.now()
  const { notBefore = new Date(now - DAY_MS), notAfter = new Date(now + DAY_MS) } = options
  const serial = crypto.getRandomValues(new Uint8Array(8))
  // A positive number that needs no leading zero.
  serial[0] = 0x40
  const publicKey = key.type === "private" ? createPublicKey(key) : key
  const signed = element(
    SEQUENCE,
    element(0xa0, element(INTEGER, Buffer.from([2]))),
    element(INTEGER, serial),
    algorithm,
    name(issuer.subject),
    element(SEQUENCE, time(notBefore), time(notAfter)),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, element(SEQUENCE, ...extensions(options))),
  )
  return element(SEQUENCE, signed, algorithm, bits(sign("sha256", signed, issuer.key)))
}

export function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

function extensions({ authority, hasUnknownDemand }: CertificateOptions): Buffer[] {
  const length = authority?.pathLength
  const below = length === undefined ? [] : [element(INTEGER, Buffer.from([length]))]
  const constraints = element(SEQUENCE, ...(authority === undefined ? [] : [TRUE, ...below]))
  const unknown = hasUnknownDemand === true ? [element(SEQUENCE, UNKNOWN, TRUE, element(OCTET_STRING))] : []
  return [element(SEQUENCE, BASIC_CONSTRAINTS, TRUE, element(OCTET_STRING, constraints)), ...unknown]
}

function name(common: string): Buffer {
  const value = element(SEQUENCE, COMMON_NAME, element(UTF8_STRING, Buffer.from(common)))
  return element(SEQUENCE, element(SET, value))
}

function time(date: Date): Buffer {
  return element(GENERALIZED_TIME, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`))
}

function bits(content: Buffer): Buffer {
  return element(BIT_STRING, Buffer.from([0]), content)
}

function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
