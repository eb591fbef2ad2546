import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { run } from "./command.ts"
import type { DockerHost } from "./docker-host.ts"

// As in the official image.
const ENTRYPOINT = `#!/bin/sh
set -e
case "$1" in
  *.yaml|*.yml) set -- registry serve "$@" ;;
  serve|garbage-collect|help|-*) set -- registry "$@" ;;
esac
exec "$@"
`
const CONFIG = `version: 0.1
log: {fields: {service: registry}}
storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: /var/lib/registry}}
http: {addr: ":5000", headers: {X-Content-Type-Options: [nosniff]}}
health: {storagedriver: {enabled: true, interval: 10s, threshold: 3}}
`
const SETTINGS = [
  'ENTRYPOINT ["/entrypoint.sh"]',
  'CMD ["/etc/docker/registry/config.yml"]',
  'VOLUME ["/var/lib/registry"]',
  "EXPOSE 5000",
]

/** Makes an image that is called `registry:2` of Debian's docker-registry: no registry is asked. */
export async function importRegistryImage(host: DockerHost): Promise<void> {
  const root = join(host.directory, "..", "registry-2")
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  put("etc/docker/registry/config.yml", CONFIG)
  put("entrypoint.sh", ENTRYPOINT)
  chmodSync(join(root, "entrypoint.sh"), 0o755)
  for (const name of ["var/lib/registry", "tmp"]) mkdirSync(join(root, name), { recursive: true })
  const program = (await run(["which", "docker-registry"])).trim()
  await copyProgram(program, root, "bin/registry")
  const busybox = (await run(["which", "busybox"])).trim()
  await copyProgram(busybox, root, "bin/sh")
  const changes = SETTINGS.map((line) => `--change '${line}'`).join(" ")
  await host.run(`tar --create --directory=${root} . | docker import ${changes} - registry:2`)
}

/** With the libraries that it is linked with. */
async function copyProgram(path: string, root: string, target: string): Promise<void> {
  mkdirSync(dirname(join(root, target)), { recursive: true })
  cpSync(path, join(root, target), { dereference: true })
  const { stdout } = Bun.spawnSync(["ldd", path])
  for (const [library] of new TextDecoder().decode(stdout).matchAll(/\/\S+/g)) {
    mkdirSync(dirname(join(root, library)), { recursive: true })
    cpSync(library, join(root, library), { dereference: true })
  }
}
