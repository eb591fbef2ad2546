// The image of deploy/Dockerfile stands in for registry:2: the same commands, files, port, volume and variables.
import { afterEach, expect } from "bun:test"
import manifest from "../../package.json" with { type: "json" }
import { IMAGE_PROGRAMS, buildBerthImage } from "./support/berth-image.ts"
import { removeContainer, startContainer, waitForAnswer } from "./support/containers.ts"
import { type DockerHost, startDockerHost } from "./support/docker-host.ts"
import { requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"

const VERSION = `berth ${manifest.version}\n`
const CONFIG = "version: 0.1\nstorage: inmemory\nhttp: {addr: ':5000', headers: {X-From: [the file]}}\n"

const test = requirePrograms(...IMAGE_PROGRAMS, "curl", "openssl")
const started = shareInFile(startDockerHost)
let built: Promise<void> | undefined

async function getHost(): Promise<DockerHost> {
  const host = await started()
  await (built ??= buildBerthImage(host))
  return host
}

afterEach(async () => {
  if (built !== undefined) await removeContainer(await started())
})

test("the image has the port, the volume, the entry point and the argument of registry:2", async () => {
  const { run } = await getHost()
  const [image] = JSON.parse(await run("docker image inspect berth")) as [{ Config: object; Size: number }]
  expect(image.Config).toMatchObject({
    ExposedPorts: { "5000/tcp": {} },
    Volumes: { "/var/lib/registry": {} },
    Entrypoint: ["/entrypoint.sh"],
    Cmd: ["/etc/docker/registry/config.yml"],
    User: "",
  })
  expect(image.Size).toBeLessThan(150e6)
})

test("arguments are taken as the entry point of registry:2 takes them", async () => {
  const { run, attempt } = await getHost()
  for (const args of ["--version", "registry --version", "/bin/registry --version", "sh -c 'registry --version'"])
    expect(await run(`docker run --rm berth ${args}`)).toBe(VERSION)
  expect(await run("docker run --rm --entrypoint registry berth --version")).toBe(VERSION)
  expect(await run("docker run --rm berth help")).toStartWith("Usage: berth")
  const missing = await attempt("docker run --rm berth /absent.yml")
  expect(missing.exitCode).toBe(2)
  expect(missing.stderr).toContain("cannot read the configuration /absent.yml")
})

test("every command of the program can be the first argument", async () => {
  const { run, attempt } = await getHost()
  const [, help = ""] = (await run("docker run --rm berth help")).split("Commands:\n")
  const commands = [...(help.split("\n\n")[0] ?? "").matchAll(/^ {2}([a-z][a-z-]*)[ |]/gm)].map(([, name = ""]) => name)
  expect(commands).toContain("serve")
  for (const command of commands) {
    // Its own help, and not that of a program of the shell by the same name.
    const { stdout } = await attempt(`docker run --rm berth ${command} --help`)
    expect(stdout).toContain(command === "help" ? "Usage: berth" : `Usage: berth ${command}`)
  }
})

test("deletes are off, as in registry:2, until the variable says otherwise", async () => {
  const host = await getHost()
  const status = "curl --silent --output /dev/null --write-out '%{http_code}' --request DELETE"
  const missing = `localhost:5000/v2/a/manifests/sha256:${"0".repeat(64)}`
  await startContainer(host, "")
  expect(await host.run(`${status} ${missing}`)).toBe("405")
  await startContainer(host, "--env REGISTRY_STORAGE_DELETE_ENABLED=true")
  expect(await host.run(`${status} ${missing}`)).toBe("404")
})

// The file where registry:2 has it, where registry:3 has it, and the directories of both.
for (const mount of [
  "config.yml:/etc/docker/registry/config.yml",
  "config.yml:/etc/distribution/config.yml",
  "/:/etc/docker/registry/",
  "/:/etc/distribution/",
])
  test(`a configuration that is mounted is used: ${mount}`, async () => {
    const host = await getHost()
    await host.run(`mkdir -p settings; cat > settings/config.yml <<< "${CONFIG}"`)
    await startContainer(host, `--volume "$PWD/settings/${mount}"`)
    const head = await host.run("curl --silent --show-error --head localhost:5000/v2/")
    expect(head).toContain("X-From: the file")
  })

test("a container ends with 0 when it is stopped, and serves the same images when it is started again", async () => {
  const host = await getHost()
  await startContainer(host, "--restart=always")
  await host.run("docker tag busybox:stable-musl localhost:5000/busybox; docker push localhost:5000/busybox")
  await host.run("docker stop registry")
  expect(await host.run("docker inspect --format '{{.State.ExitCode}}' registry")).toBe("0\n")
  await host.run("docker start registry")
  await waitForAnswer(host)
  await host.run("docker rmi localhost:5000/busybox; docker pull localhost:5000/busybox")
})

test("the volume that is made for a container, which is root's, is served by root with a warning", async () => {
  const host = await getHost()
  await startContainer(host, "")
  expect(await findUser(host)).toBe("0")
  const warnings = (await readLog(host)).split("\n").filter((line) => line.includes("level=warning"))
  expect(warnings).toEqual([
    expect.stringContaining("running as root, who owns /var/lib/registry"),
    expect.stringContaining("no authentication"),
  ])
})

test("a directory is served by the user who owns it, whose the new files are", async () => {
  const host = await getHost()
  await host.run("mkdir owned; chown 1234:1235 owned")
  await startContainer(host, '--volume "$PWD/owned:/var/lib/registry"')
  await host.run("docker tag busybox:stable-musl localhost:5000/busybox; docker push localhost:5000/busybox")
  expect(await findUser(host)).toBe("1234")
  expect(await host.run("find owned -printf '%U:%G\\n' | sort -u")).toBe("1234:1235\n")
  expect(await readLog(host)).not.toContain("running as")
})

test("BERTH_RUN_AS=root stays root", async () => {
  const host = await getHost()
  await host.run("mkdir mine; chown 1234:1235 mine")
  await startContainer(host, '--env BERTH_RUN_AS=root --volume "$PWD/mine:/var/lib/registry"')
  expect(await findUser(host)).toBe("0")
})

test("--user is honoured, without any privilege and on a root file system that cannot be written", async () => {
  const host = await getHost()
  await host.run("mkdir others; chown 1234:1235 others")
  const bare = "--user 1234:1235 --cap-drop ALL --read-only --security-opt no-new-privileges"
  await startContainer(host, `${bare} --volume "$PWD/others:/var/lib/registry"`)
  await host.run("docker tag busybox:stable-musl localhost:5000/busybox; docker push localhost:5000/busybox")
  expect(await findUser(host)).toBe("1234")
})

test("a file that the owner may not read is named, with what to do", async () => {
  const host = await getHost()
  await host.run("mkdir secret; chown 1234:1235 secret; echo a:b > users; chmod 600 users")
  const auth = "--env REGISTRY_AUTH_HTPASSWD_REALM=x --env REGISTRY_AUTH_HTPASSWD_PATH=/users"
  const mounts = '--volume "$PWD/secret:/var/lib/registry" --volume "$PWD/users:/users"'
  const { exitCode, stderr } = await host.attempt(`docker run --rm ${auth} ${mounts} berth`)
  expect(exitCode).toBe(1)
  expect(stderr).toContain("running as the user 1234, who owns /var/lib/registry and may not read /users")
})

test("a key among Docker's secrets, which all in the container may read, is no reason to warn", async () => {
  const host = await getHost()
  await host.run(`mkdir secrets; cd secrets
    openssl req -newkey rsa:2048 -nodes -keyout key -x509 -days 2 -subj /CN=localhost -out crt; chmod 444 key crt`)
  const tls = "--env REGISTRY_HTTP_TLS_CERTIFICATE=/run/secrets/crt --env REGISTRY_HTTP_TLS_KEY=/run/secrets/key"
  await startContainer(host, `${tls} --volume "$PWD/secrets:/run/secrets:ro"`)
  const log = await readLog(host)
  expect(log).toContain("https://")
  expect(log).not.toContain("chmod 600")
})

/** Of the server itself, by number. */
async function findUser({ run }: DockerHost): Promise<string> {
  return (await run("docker exec registry stat -c %u /proc/1")).trim()
}

async function readLog({ run }: DockerHost): Promise<string> {
  return run("docker logs registry 2>&1")
}
