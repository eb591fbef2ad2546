const BLOCK_BYTES = 512

export interface TarFile {
  path: string
  content: Uint8Array
  mode?: number
}

/** Writes a plain ustar archive of these files, in their order and without times, so that the same files give the same bytes. */
export function createTar(files: TarFile[]): Uint8Array {
  const parts = files.flatMap(({ path, content, mode }) => [
    createHeader(path, content.length, mode ?? 0o644),
    content,
    new Uint8Array(-content.length & (BLOCK_BYTES - 1)),
  ])
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK_BYTES)])
}

function createHeader(path: string, sizeBytes: number, mode: number): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0")
  header.write(path, 0, 100)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(sizeBytes, 11), 124)
  header.write(octal(0, 11), 136)
  // The sum of the header's bytes, where its own field counts as eight spaces.
  header.write(" ".repeat(8), 148)
  header.write("0", 156)
  header.write("ustar\u000000", 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\u0000 `, 148)
  return header
}
