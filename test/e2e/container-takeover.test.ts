// A directory that docker-registry wrote, taken over by a container of our image: as a volume of registry:2 would be.
import { expect } from "bun:test"
import { IMAGE_PROGRAMS, buildBerthImage } from "./support/berth-image.ts"
import { removeContainer, startContainer, waitForAnswer } from "./support/containers.ts"
import { type DockerHost, startDockerHost } from "./support/docker-host.ts"
import { requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"

const test = requirePrograms(...IMAGE_PROGRAMS, "docker-registry", "setpriv", "curl")
const host = shareInFile(async () => {
  const started = await startDockerHost()
  await buildBerthImage(started)
  await started.run("docker tag busybox:stable-musl localhost:5000/team/app:1")
  return started
})

interface Case {
  name: string
  /** Who the directory is made by, and who docker-registry runs as. */
  owner: number
  writer: number
  /** Who our server is then. */
  server: string
}

const CASES: Case[] = [
  { name: "root's directory, written by root", owner: 0, writer: 0, server: "0" },
  { name: "a user's directory, written by root", owner: 1234, writer: 0, server: "0" },
  { name: "a user's directory, written by that user", owner: 1234, writer: 1234, server: "1234" },
]

for (const { name, owner, writer, server } of CASES)
  test(`${name}, is served at once, and can be handed back`, async () => {
    const machine = await host()
    const data = `data-${owner}-${writer}`
    await machine.run(`mkdir ${data}; chown ${owner}:${owner} ${data}`)
    await withDockerRegistry(machine, { data, writer }, () => machine.run("docker push localhost:5000/team/app:1"))

    await startContainer(machine, `--volume "$PWD/${data}:/var/lib/registry"`)
    expect((await machine.run("docker exec registry stat -c %u /proc/1")).trim()).toBe(server)
    await machine.run("docker rmi localhost:5000/team/app:1; docker pull localhost:5000/team/app:1")
    await machine.run(
      "docker tag localhost:5000/team/app:1 localhost:5000/team/app:2; docker push localhost:5000/team/app:2",
    )
    await removeContainer(machine)

    await withDockerRegistry(machine, { data, writer }, () =>
      machine.run("docker rmi localhost:5000/team/app:1; docker pull localhost:5000/team/app:1"),
    )
  })

async function withDockerRegistry(
  machine: DockerHost,
  { data, writer }: { data: string; writer: number },
  use: () => Promise<unknown>,
): Promise<void> {
  await machine.run(`
    export REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY="$PWD/${data}" REGISTRY_AUTH=
    printf 'version: 0.1\\nstorage: {filesystem: {}}\\nhttp: {addr: ":5000"}\\n' > settings.yml
    setpriv --reuid ${writer} --regid ${writer} --clear-groups docker-registry serve settings.yml > registry.log 2>&1 < /dev/null &
    echo $! > registry.pid`)
  try {
    await waitForAnswer(machine)
    await use()
  } finally {
    await machine.run(
      'kill "$(cat registry.pid)"; while kill -0 "$(cat registry.pid)" 2> /dev/null; do sleep 0.1; done',
    )
  }
}
