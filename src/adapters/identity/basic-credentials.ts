export interface BasicCredentials {
  user: string
  password: string
}

// RFC 7617, section 2: neither holds control characters, and the user no colon.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/
/** More than any user of an htpasswd file has; what is refused here is neither counted nor remembered. */
const LONGEST_USER_BYTES = 255
const HEADER = /^basic +([A-Za-z0-9+/]+={0,2})$/i

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads an Authorization header of the Basic scheme (RFC 7617); `undefined` when it is of another or not well formed. */
export function findBasicCredentials(header: string): BasicCredentials | undefined {
  const encoded = HEADER.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const text = decode(encoded)
  const colon = text?.indexOf(":") ?? -1
  if (text === undefined || colon < 1 || CONTROL.test(text)) return undefined
  const user = text.slice(0, colon)
  if (Buffer.byteLength(user) > LONGEST_USER_BYTES) return undefined
  return { user, password: text.slice(colon + 1) }
}

function decode(encoded: string): string | undefined {
  try {
    return utf8.decode(Uint8Array.fromBase64(encoded, { lastChunkHandling: "loose" }))
  } catch {
    return undefined
  }
}
