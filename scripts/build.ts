// `npm run build`: dist/berth, one executable with the runtime, the program and its threads inside. It needs glibc and
// nothing else. `npm run build -- --target bun-linux-arm64 --outfile dist/berth-arm64` builds for another machine; the
// runtime of that machine is downloaded the first time.
import type { Build, BunPlugin } from "bun"
import { mkdirSync, rmSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { parseArgs } from "node:util"

const ROOT = join(import.meta.dir, "..")
const SRC = join(ROOT, "src")
const THREAD = /new URL\("\.\/([\w-]+\.ts)", import\.meta\.url\)/g

// All code of an executable has the address of its main file, so a thread's file is named from there and not from
// beside the code that starts it.
const threadsFromRoot: BunPlugin = {
  name: "threads from the root",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const fromRoot = (file: string) => relative(SRC, join(dirname(path), file))
      const text = await Bun.file(path).text()
      return {
        contents: text.replaceAll(THREAD, (_, file: string) => `new URL("./${fromRoot(file)}", import.meta.url)`),
        loader: "ts",
      }
    })
  },
}

const { values } = parseArgs({ options: { target: { type: "string" }, outfile: { type: "string" } } })
const outfile = resolve(values.outfile ?? join(ROOT, "dist", "berth"))
mkdirSync(dirname(outfile), { recursive: true })
// A running server keeps its executable: it is replaced, not written into.
rmSync(outfile, { force: true })
const threads = [...new Bun.Glob("**/worker.ts").scanSync(SRC)].sort()
const built = await Bun.build({
  entrypoints: ["main.ts", ...threads].map((file) => join(SRC, file)),
  // Compiled ahead, its first answer takes 75 ms instead of 180. Names stay, for the stacks of errors.
  bytecode: true,
  format: "esm",
  plugins: [threadsFromRoot],
  compile: {
    outfile,
    // A file of the working directory decides nothing but what the configuration says.
    autoloadDotenv: false,
    autoloadBunfig: false,
    ...(values.target === undefined ? {} : { target: values.target as Build.CompileTarget }),
  },
})
for (const message of built.logs) console.error(message.message)
console.log(`${relative(process.cwd(), outfile)}: ${(statSync(outfile).size / 1e6).toFixed(0)} MB`)
