/** Words of the memory that a test shares with all threads of the server. */
export const FILE_CALLS = 0
/** The count of file calls at which the process is killed; 0: never. */
export const FILE_CALLS_LIMIT = 1
const FIRST = 16
export const MAX_NAMES = 1000
export const SIZE_BYTES = (FIRST + 2 * MAX_NAMES) * 4

export const hitsWord = (index: number) => FIRST + index
/** The count of hits at which the process is killed; 0: never. */
export const limitWord = (index: number) => FIRST + MAX_NAMES + index

/** The file of the shared memory; beside it, in `.json`, the list of names. */
export const VARIABLE = "TEST_FAILPOINTS"

export function openWords(path: string): Int32Array {
  const memory = Bun.mmap(path, { shared: true })
  return new Int32Array(memory.buffer, memory.byteOffset, SIZE_BYTES / 4)
}
