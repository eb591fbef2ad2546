// What docs/deployment.md tells people to type, in its order, on a machine with Docker: the commands that are typed for
// registry:2, with our image. The image `alpine` is there, and a clone of this repository.
import { expect } from "bun:test"
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isCommand, listBlocks } from "../docs/blocks.ts"
import { IMAGE_PROGRAMS, importBaseImages } from "./support/berth-image.ts"
import { waitForAnswer } from "./support/containers.ts"
import { type DockerHost, startDockerHost } from "./support/docker-host.ts"
import { requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"

const REPOSITORY = join(import.meta.dir, "..", "..")
const CLONED = ["bin", "deploy", "scripts", "src", ".dockerignore", "package.json", "package-lock.json"]
/** The last command of a block starts a server. */
const START = /^docker (?:run -d|compose .* up --detach|service create|stack deploy)[^\n]*$(?![\s\S])/m
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

const blocks = listBlocks(readFileSync(join(REPOSITORY, "docs", "deployment.md"), "utf8")).filter(
  (block) => isCommand(block) && block.words.includes("container"),
)

for (const [index, { text, words }] of blocks.entries())
  test(`${index + 1}: ${text.split("\n").at(-1)?.slice(0, 100)}`, async () => {
    const machine = await host()
    const { exitCode, stdout, stderr } = await machine.attempt(text)
    const said = `${stdout}${stderr}`
    if (words.includes("refused")) {
      expect(exitCode).not.toBe(0)
      return expect(said).toContain("no basic auth credentials")
    }
    if (exitCode !== 0) throw new Error(`${text}\nended with ${exitCode}:\n${said}`)
    // A service ends after the command that removes it.
    if (/^docker (?:service|stack) rm/m.test(text))
      await machine.run('until [ -z "$(docker ps -q)" ]; do sleep 0.2; done')
    const [start] = START.exec(text) ?? []
    if (start !== undefined) await waitForStart(machine, start)
  })

async function waitForStart(machine: DockerHost, command: string): Promise<void> {
  const port = /(?:-p |published=)(\d+)/.exec(command)?.[1] ?? (command.includes("stack") ? "443" : "5000")
  const isSecured = port === "443" || command.includes("TLS")
  await waitForAnswer(machine, `${isSecured ? "https" : "http"}://localhost:${port}/v2/`)
}
