import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises"
import { createReadStream, createWriteStream } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable, Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createZstdDecompress } from "node:zlib"
import type { LayoutReader } from "../../ports/layouts.ts"
import { blobName } from "./layout-archive.ts"
import { readPieces } from "./pieces.ts"
import { BLOCK, paddedSize, readPax, readTarHeader, readText } from "./tar.ts"

interface Place {
  start: number
  sizeBytes: number
}

/** Each is kept in memory, with its name. */
const MAX_ENTRIES = 1_000_000
/** Names and pax records. */
const MAX_EXTRA_BYTES = 2 ** 20
const NAME = /^(?:\.\/)*(index\.json|oci-layout|manifest\.json|blobs\/(?:sha256|sha512)\/[0-9a-f]{64,128})$/
const STANDARD_INPUT = 0

/**
 * A layout in a tar archive, which may be compressed: read where it is, and nothing of it is unpacked. What cannot be read
 * twice, standard input or compressed bytes, is put into a temporary file first.
 */
export async function openArchive(path: string): Promise<LayoutReader> {
  const source = await openSource(path)
  try {
    const places = await findPlaces(source.file)
    const read = ({ start, sizeBytes }: Place) => readPieces(source.file, start, sizeBytes)
    return {
      readIndex: async (maxBytes) => {
        const place = places.get("index.json")
        if (place === undefined) throw new Error(describeMissing(path, places))
        if (place.sizeBytes > maxBytes) throw new Error(`index.json of ${path} has more than ${maxBytes} bytes`)
        return Buffer.concat(await Array.fromAsync(read(place)))
      },
      findSize: (digest) => Promise.resolve(places.get(blobName(digest))?.sizeBytes),
      read: (digest) => read(places.get(blobName(digest)) ?? { start: 0, sizeBytes: 0 }),
      close: source.close,
    }
  } catch (error) {
    await source.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path === "-" ? "standard input" : path} cannot be read: ${reason}`, { cause: error })
  }
}

function describeMissing(path: string, places: Map<string, Place>): string {
  if (!places.has("manifest.json")) return `${path} is no image layout: it has no index.json`
  return `${path} is an archive of docker without an image layout: skopeo copy docker-archive:… oci-archive:… makes one of it`
}

async function findPlaces(file: FileHandle): Promise<Map<string, Place>> {
  const places = new Map<string, Place>()
  const { size } = await file.stat()
  let next: { name?: string; sizeBytes?: number } = {}
  let entries = 0
  for (let position = 0; position + BLOCK <= size;) {
    const header = readTarHeader(await readBlock(file, position, BLOCK))
    if (header === undefined) return places
    const sizeBytes =
      header.meaning === "entry" && header.isFile ? (next.sizeBytes ?? header.sizeBytes) : header.sizeBytes
    const start = position + BLOCK
    if (start + sizeBytes > size) throw new Error("it is cut off")
    position = start + paddedSize(sizeBytes)
    if (header.meaning !== "entry") {
      if (sizeBytes > MAX_EXTRA_BYTES) throw new Error("it has a header that is too large")
      const bytes = await readBlock(file, start, sizeBytes)
      if (header.meaning === "pax") next = readPax(bytes)
      if (header.meaning === "long-name") next = { name: readText(bytes) }
      continue
    }
    const name = NAME.exec(next.name ?? header.name)?.[1]
    next = {}
    if (++entries > MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} entries`)
    if (name === undefined) continue
    if (!header.isFile) throw new Error(`${name} is no file in it${header.isLink ? ", but a link" : ""}`)
    places.set(name, { start, sizeBytes })
  }
  throw new Error(size < BLOCK ? "it is no tar archive" : "it is cut off")
}

async function readBlock(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(readPieces(file, position, length)))
}

interface Source {
  file: FileHandle
  close: () => Promise<void>
}

async function openSource(path: string): Promise<Source> {
  if (path === "-") return spool((start) => createReadStream("", { fd: STANDARD_INPUT, autoClose: false, start }))
  const file = await open(path, "r")
  const isPlain = (await file.stat()).isFile()
  const kind = isPlain ? detect(await readBlock(file, 0, 4)) : undefined
  if (isPlain && kind === undefined) return { file, close: () => file.close() }
  await file.close()
  return spool(() => createReadStream(path))
}

function detect(bytes: Uint8Array): "gzip" | "zstd" | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip"
  return Buffer.from(bytes.subarray(0, 4)).toString("hex") === "28b52ffd" ? "zstd" : undefined
}

/** Into a file that goes away with its last reader. */
async function spool(read: (start?: number) => Readable): Promise<Source> {
  const directory = await mkdtemp(join(tmpdir(), "berth-import-"))
  try {
    const place = join(directory, "archive.tar")
    const source = read()
    const first = await firstOf(source)
    const steps = first === undefined ? undefined : createDecompressor(detect(first))
    source.unshift(first ?? new Uint8Array(0))
    await pipeline([source, ...(steps === undefined ? [] : [steps]), createWriteStream(place, { mode: 0o600 })])
    const file = await open(place, "r")
    return { file, close: () => file.close() }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function createDecompressor(kind: "gzip" | "zstd" | undefined): Transform | undefined {
  if (kind === undefined) return undefined
  return kind === "gzip" ? createGunzip() : createZstdDecompress()
}

/** Enough to tell what it is; `undefined` for nothing at all. */
async function firstOf(source: Readable): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    source.once("error", reject)
    source.once("end", () => resolve(undefined))
    source.once("readable", () =>
      resolve((source.read(BLOCK) as Uint8Array | null) ?? (source.read() as Uint8Array | null) ?? undefined),
    )
  })
}
