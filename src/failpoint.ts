type Hook = (name: string, detail: string) => void

// Set before this module is loaded, or never: by what `bun --preload` names. No request, file or setting comes here.
const hook = (globalThis as { [key: symbol]: Hook | undefined })[Symbol.for("berth.failpoint")]

/** Names a moment of the program at which a test may end the process. `detail`: which of several, as of operations. */
export function fp(name: string, detail = ""): void {
  hook?.(name, detail)
}
