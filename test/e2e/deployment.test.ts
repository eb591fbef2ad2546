// What docs/deployment.md tells people to type, in its order, on a machine with Docker: the commands that are typed for
// registry:2, with our image. The image `alpine` is there, and a clone of this repository.
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { IMAGE_PROGRAMS, importBaseImages } from "./support/berth-image.ts"
import { startDockerHost } from "./support/docker-host.ts"
import { testPage } from "./support/docker-page.ts"
import { requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"

const REPOSITORY = join(import.meta.dir, "..", "..")
const CLONED = ["bin", "deploy", "scripts", "src", ".dockerignore", "package.json", "package-lock.json"]
// Debian has compose as a program of its own; people have it as a part of docker.
const COMPOSE = `#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion":"0.1.0","Vendor":"tests","Version":"1"}'
else
  shift
  exec docker-compose "$@"
fi
`

const test = requirePrograms(...IMAGE_PROGRAMS, "npm", "curl", "openssl", "htpasswd", "docker-compose")
const host = shareInFile(async () => {
  const started = await startDockerHost()
  for (const name of CLONED) cpSync(join(REPOSITORY, name), join(started.directory, name), { recursive: true })
  symlinkSync(join(REPOSITORY, "node_modules"), join(started.directory, "node_modules"))
  const plugins = join(started.directory, "..", "config", "cli-plugins")
  mkdirSync(plugins, { recursive: true })
  writeFileSync(join(plugins, "docker-compose"), COMPOSE)
  chmodSync(join(plugins, "docker-compose"), 0o755)
  await importBaseImages(started)
  await started.run("docker tag busybox:stable-musl alpine")
  return started
})

testPage("docs/deployment.md", test, host)
