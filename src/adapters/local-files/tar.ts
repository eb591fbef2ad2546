/** An entry of an archive: where its bytes are, and nothing is believed of its name. */
export interface TarEntry {
  name: string
  isFile: boolean
  /** Where it is a link, of either kind. */
  isLink: boolean
  sizeBytes: number
}

export interface TarHeader extends TarEntry {
  /** What the bytes say of a later entry: `name`, in both dialects, or pax records. */
  meaning: "entry" | "long-name" | "pax" | "global"
}

export const BLOCK = 512

const MAX_PLAIN_SIZE = 0o77777777777
const TEXT = new TextDecoder()

/** Bytes that an entry of this size takes, besides its header. */
export function paddedSize(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK) * BLOCK
}

/** The header of a file (POSIX ustar; by pax where a name or a size is too long for that). The same for the same file. */
export function writeTarHeader(name: string, sizeBytes: number): Uint8Array {
  if (name.length <= 100 && sizeBytes <= MAX_PLAIN_SIZE) return writeBlock(name, sizeBytes, "0")
  const records = writeRecord("path", name) + writeRecord("size", String(sizeBytes))
  const body = new Uint8Array(paddedSize(records.length))
  body.set(new TextEncoder().encode(records))
  return Buffer.concat([
    writeBlock("pax", records.length, "x"),
    body,
    writeBlock(name.slice(0, 100), Math.min(sizeBytes, MAX_PLAIN_SIZE), "0"),
  ])
}

/** The two blocks that end an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK)

function writeBlock(name: string, sizeBytes: number, type: string): Uint8Array {
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0, 100, "utf8")
  block.write("0000644\0", 100, "latin1")
  block.write("0000000\0", 108, "latin1")
  block.write("0000000\0", 116, "latin1")
  block.write(`${sizeBytes.toString(8).padStart(11, "0")}\0`, 124, "latin1")
  block.write("00000000000\0", 136, "latin1")
  block.write("        ", 148, "latin1")
  block.write(type, 156, "latin1")
  block.write("ustar\x0000", 257, "latin1")
  block.write(`${sumOf(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  return block
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function writeRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return `${length}${rest}`
}

/** `undefined`: the archive ends here. Throws where this is no header. */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  if (readNumber(block.subarray(148, 156)) !== sumOf(block)) throw new Error("it is no tar archive, or damaged")
  const type = String.fromCharCode(block[156] ?? 0)
  const sizeBytes = readNumber(block.subarray(124, 136))
  const isUstar = readText(block.subarray(257, 262)) === "ustar"
  const prefix = isUstar ? readText(block.subarray(345, 500)) : ""
  const name = readText(block.subarray(0, 100))
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    isFile: type === "0" || type === "\0" || type === "7",
    isLink: type === "1" || type === "2",
    // Of links and directories nothing follows, whatever they say.
    sizeBytes: /[1-6]/.test(type) ? 0 : sizeBytes,
    meaning: type === "x" ? "pax" : type === "g" ? "global" : type === "L" ? "long-name" : "entry",
  }
}

/** What pax records say of the next entry. */
export function readPax(bytes: Uint8Array): { name?: string; sizeBytes?: number } {
  const found: { name?: string; sizeBytes?: number } = {}
  for (let position = 0; position < bytes.length;) {
    const space = bytes.indexOf(0x20, position)
    const length = space < 0 ? NaN : Number(TEXT.decode(bytes.subarray(position, space)))
    if (!Number.isSafeInteger(length) || length <= space - position || position + length > bytes.length) {
      throw new Error("it has a pax header that cannot be read")
    }
    const record = TEXT.decode(bytes.subarray(space + 1, position + length - 1))
    const equals = record.indexOf("=")
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)]
    if (key === "path") found.name = value
    if (key === "size") found.sizeBytes = checkSize(Number(value))
    position += length
  }
  return found
}

/** Octal, or in GNU's way binary. */
function readNumber(field: Uint8Array): number {
  const [first = 0] = field
  if (first < 0x80) return checkSize(parseInt(readText(field).trim() || "0", 8))
  let value = first & 0x3f
  for (const byte of field.subarray(1)) value = value * 256 + byte
  return checkSize(value)
}

function checkSize(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error("it has a header that cannot be read")
  return value
}

export function readText(field: Uint8Array): string {
  const end = field.indexOf(0)
  return TEXT.decode(end < 0 ? field : field.subarray(0, end))
}

function sumOf(block: Uint8Array): number {
  let sum = 0
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte
  return sum
}
