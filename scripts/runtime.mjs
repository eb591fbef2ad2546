// Finds the Bun that npm installed, and installs the dependencies first when they are missing or out of date.
// Plain Node without dependencies: it runs before anything is installed.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = join(dirname(fileURLToPath(import.meta.url)), "..")

/** Gives the path of the Bun executable. Throws, in one sentence, when there is none for this machine. */
export function ensureRuntime() {
  if (existsSync(join(root, "package-lock.json")) && !isInstalled()) install()
  const bun = findBun()
  if (bun === undefined)
    throw new Error(`no Bun for ${process.platform}-${process.arch} was installed: run "npm ci" in ${root}`)
  return bun
}

// npm writes node_modules/.package-lock.json after each install: a copy of what it installed.
function isInstalled() {
  const installed = join(root, "node_modules", ".package-lock.json")
  if (!existsSync(installed)) return false
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages
  const present = JSON.parse(readFileSync(installed, "utf8")).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || present[path]?.version === entry.version,
  )
}

function install() {
  console.error("berth: installing dependencies (npm ci) …")
  const done = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  })
  if (done.status !== 0) throw new Error(`"npm ci" failed in ${root}: its message is above`)
}

// Bun's install script moves the executable out of its platform package; under --ignore-scripts it is still there.
function findBun() {
  const require = createRequire(join(root, "package.json"))
  const arch = process.arch === "arm64" ? "aarch64" : process.arch
  const platform = `@oven/bun-${process.platform}-${arch}`
  for (const [name, file] of [
    ["bun", "bun.exe"],
    [platform, "bun"],
    [`${platform}-musl`, "bun"],
  ]) {
    try {
      const bun = join(dirname(require.resolve(`${name}/package.json`)), "bin", file)
      if (existsSync(bun) && spawnSync(bun, ["--version"]).status === 0) return bun
    } catch {
      // Not installed, or not for this machine: the next name is tried.
    }
  }
  return undefined
}
