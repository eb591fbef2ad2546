import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { run } from "./command.ts"
import { DOCKER_HOST_PROGRAMS, type DockerHost } from "./docker-host.ts"
import { buildExecutable } from "./executable.ts"
import { ROOT } from "./programs.ts"

/** Programs that building the image needs, as `requirePrograms` takes them. */
export const IMAGE_PROGRAMS = [...DOCKER_HOST_PROGRAMS, "dpkg", "busybox", "tar", ROOT]

const REPOSITORY = join(import.meta.dir, "..", "..", "..")
/** What deploy/Dockerfile uses of debian:12-slim, by the packages that hold it. */
const PACKAGES = ["base-files", "coreutils", "dash", "libacl1", "libattr1", "libc-bin", "libc6", "libgmp10"].concat(
  "libpcre2-8-0",
  "libselinux1",
)
const MERGED = ["bin", "lib", "lib64", "sbin"]

/** Builds the image `berth` from deploy/Dockerfile and a fresh executable. */
export async function buildBerthImage(host: DockerHost): Promise<void> {
  await importBaseImages(host)
  const context = join(host.directory, "..", "context")
  mkdirSync(join(context, "dist"), { recursive: true })
  cpSync(join(REPOSITORY, "deploy"), join(context, "deploy"), { recursive: true })
  await buildExecutable(join(context, "dist", "berth"))
  await host.run(`docker build --quiet --file ${context}/deploy/Dockerfile --target prebuilt --tag berth ${context}`)
}

/**
 * Makes what the Dockerfile begins with of this machine's own Debian packages, under the names of the real images: no
 * registry is asked.
 */
export async function importBaseImages(host: DockerHost): Promise<void> {
  const parent = join(host.directory, "..")
  await importImage(host, "debian:12-slim", await copyPackages(join(parent, "debian")))
  const shell = join(parent, "busybox")
  mkdirSync(join(shell, "bin"), { recursive: true })
  cpSync((await run(["which", "busybox"])).trim(), join(shell, "bin", "busybox"))
  await importImage(host, "busybox:stable-musl", shell)
}

async function copyPackages(root: string): Promise<string> {
  for (const name of MERGED) {
    mkdirSync(join(root, "usr", name), { recursive: true })
    symlinkSync(join("usr", name), join(root, name))
  }
  const listed = (await run(["dpkg", "--listfiles", ...PACKAGES])).split("\n")
  const files = listed.filter((path) => !path.startsWith("/usr/share/") && isFile(path)).join("\n")
  const archive = join(root, "..", "debian.tar")
  await run(["tar", "--create", "--directory=/", "--no-recursion", "--files-from=-", `--file=${archive}`], {
    input: files,
  })
  await run(["tar", "--extract", "--keep-directory-symlink", `--directory=${root}`, `--file=${archive}`])
  return root
}

function isFile(path: string): boolean {
  return existsSync(path) && !lstatSync(path).isDirectory()
}

async function importImage(host: DockerHost, name: string, root: string): Promise<void> {
  if (readdirSync(root).length === 0) throw new Error(`${root} is empty`)
  await host.run(`tar --create --directory=${root} . | docker import - ${name}`)
}
