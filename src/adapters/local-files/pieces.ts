import type { FileHandle } from "node:fs/promises"

const PIECE_BYTES = 2 ** 20

/** A part of a file, in pieces; ends where the file does. */
export async function* readPieces(file: FileHandle, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length;) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, length - done))
    const { bytesRead } = await file.read(piece, 0, piece.length, start + done)
    if (bytesRead === 0) return
    done += bytesRead
    yield piece.subarray(0, bytesRead)
  }
}
