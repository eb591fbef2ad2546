// Of X.509 the runtime tells whether a certificate is an authority's, but not how many others may stand below it.

export interface CertificateConstraints {
  /** Authorities that may stand between it and a leaf. */
  pathLength: number
  /** Whether it demands something that is not checked here (RFC 5280, section 4.2: then it must not be relied on). */
  hasUnknownDemands: boolean
}

interface Element {
  tag: number
  content: Uint8Array
}

// Their object identifiers, in hexadecimal: 2.5.29.19, and those whose demands are met elsewhere or concern no signature:
// keyUsage (checked where issuers are looked for), subjectAltName and extKeyUsage (any use will do).
const BASIC_CONSTRAINTS = "551d13"
const KNOWN: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, "551d0f", "551d11", "551d25"])
const [BOOLEAN, INTEGER, EXTENSIONS] = [0x01, 0x02, 0xa3]

/** Reads the extensions of a certificate in DER that the runtime has taken already. */
export function readConstraints(der: Uint8Array): CertificateConstraints {
  const [certificate] = listElements(der)
  const [signed] = listElements(certificate?.content)
  const wrapped = listElements(signed?.content).find(({ tag }) => tag === EXTENSIONS)
  const [list] = listElements(wrapped?.content)
  let pathLength = Infinity
  let hasUnknownDemands = false
  for (const { content } of listElements(list?.content)) {
    const parts = listElements(content)
    const name = parts[0]?.content.toHex() ?? ""
    if (name === BASIC_CONSTRAINTS) pathLength = readPathLength(parts.at(-1)?.content)
    const isCritical = parts[1]?.tag === BOOLEAN && parts[1].content[0] !== 0
    if (isCritical && !KNOWN.has(name)) hasUnknownDemands = true
  }
  return { pathLength, hasUnknownDemands }
}

function readPathLength(value: Uint8Array | undefined): number {
  const [constraints] = listElements(value)
  const length = listElements(constraints?.content).find(({ tag }) => tag === INTEGER)
  return length === undefined ? Infinity : Number.parseInt(length.content.toHex() || "0", 16)
}

/** The elements of DER that stand beside each other; those that are cut off are left out. */
function listElements(der: Uint8Array = new Uint8Array()): Element[] {
  const elements: Element[] = []
  for (let at = 0; at + 2 <= der.length;) {
    const short = der[at + 1] ?? 0
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f
    const start = at + 2 + lengthBytes
    const length = lengthBytes === 0 ? short : Number.parseInt(der.subarray(at + 2, start).toHex() || "0", 16)
    if (start + length > der.length) break
    elements.push({ tag: der[at] ?? 0, content: der.subarray(start, start + length) })
    at = start + length
  }
  return elements
}
