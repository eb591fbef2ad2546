// Runs in the server before anything else, in each of its threads: what is committed, or renamed into its place, is there for
// a while before the thread that answers clients hears of it.
const LATE_MS = 20

Reflect.set(globalThis, Symbol.for("berth.failpoint"), (name: string) => {
  if (name === "row.committed" || name === "blob.renamed") Bun.sleepSync(LATE_MS)
})

if (Bun.isMainThread) {
  const Plain = globalThis.Worker
  globalThis.Worker = class extends Plain {
    constructor(url: string | URL, options: WorkerOptions = {}) {
      super(url, { ...options, preload: [import.meta.path] })
    }
  }
}
