// Runs in the server before anything else, in each of its threads: counts failpoints, and kills the process at one.
import { readFileSync } from "node:fs"
import { FILE_CALLS, FILE_CALLS_LIMIT, hitsWord, limitWord, openWords, VARIABLE } from "./layout.ts"

const path = process.env[VARIABLE]
if (path !== undefined) {
  const words = openWords(path)
  const names = JSON.parse(readFileSync(`${path}.json`, "utf8")) as string[]
  const indexes = new Map(names.map((name, index) => [name, index]))

  // SIGKILL: the call does not return, and no other thread runs on.
  const count = (counter: number, limit: number) => {
    if (Atomics.add(words, counter, 1) + 1 === Atomics.load(words, limit)) process.kill(process.pid, "SIGKILL")
  }
  const reach = (name: string) => {
    const index = indexes.get(name)
    if (index !== undefined) count(hitsWord(index), limitWord(index))
  }
  Reflect.set(globalThis, Symbol.for("berth.failpoint"), (name: string, detail: string) => {
    if (name.startsWith("file.")) count(FILE_CALLS, FILE_CALLS_LIMIT)
    reach(name)
    if (detail !== "") reach(`${name}=${detail}`)
  })

  if (Bun.isMainThread) {
    const Plain = globalThis.Worker
    globalThis.Worker = class extends Plain {
      constructor(url: string | URL, options: WorkerOptions = {}) {
        super(url, { ...options, preload: [import.meta.path] })
      }
    }
  }
}
