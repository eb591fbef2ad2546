import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "./content.ts"
import { type TarFile, createTar } from "./tar.ts"

/** Writes an archive for `docker load` with one image of these layers, and gives its path. */
export function writeDockerArchive(directory: string, tag: string, layers: TarFile[][]): string {
  const archives = layers.map(createTar)
  const config = {
    os: "linux",
    architecture: "amd64",
    config: { Cmd: ["/bin/busybox", "cat", "/etc/motd"] },
    rootfs: { type: "layers", diff_ids: archives.map(sha256) },
  }
  const names = archives.map((_, index) => `layer-${index}.tar`)
  const manifest = [{ Config: "config.json", RepoTags: [tag], Layers: names }]
  const files = [
    { path: "manifest.json", content: Buffer.from(JSON.stringify(manifest)) },
    { path: "config.json", content: Buffer.from(JSON.stringify(config)) },
    ...names.map((path, index) => ({ path, content: archives[index] ?? new Uint8Array() })),
  ]
  const path = join(directory, `${tag.replaceAll(/\W/g, "-")}.tar`)
  writeFileSync(path, createTar(files))
  return path
}
