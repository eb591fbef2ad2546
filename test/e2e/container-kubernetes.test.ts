// deploy/kubernetes.yaml without a cluster: the pod's one container as the kubelet would start it, by Docker.
import { expect, test as plainTest } from "bun:test"
import { chownSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"
import { IMAGE_PROGRAMS, buildBerthImage } from "./support/berth-image.ts"
import { waitForAnswer } from "./support/containers.ts"
import { type DockerHost, startDockerHost } from "./support/docker-host.ts"
import { requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"

interface Container {
  image: string
  args: string[]
  ports: { name: string; containerPort: number }[]
  securityContext: object
  livenessProbe: { httpGet: { path: string; port: string } }
  readinessProbe: { httpGet: { path: string; port: string } }
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[]
}

interface Pod {
  securityContext: { runAsUser: number; runAsGroup: number; fsGroup: number }
  containers: [Container]
  volumes: { name: string; configMap?: { name: string }; secret?: { secretName: string; defaultMode: number } }[]
}

interface Documents {
  ConfigMap: { metadata: { name: string }; data: Record<string, string> }
  Secret: { metadata: { name: string }; stringData: Record<string, string> }
  StatefulSet: {
    spec: {
      serviceName: string
      selector: { matchLabels: object }
      template: { metadata: { labels: object }; spec: Pod }
      volumeClaimTemplates: [{ metadata: { name: string } }]
    }
  }
  Service: { metadata: { name: string }; spec: { selector: object; ports: [{ port: number; targetPort: string }] } }
}

const FILE = join(import.meta.dir, "..", "..", "deploy", "kubernetes.yaml")
const documents = Object.fromEntries(
  parseAllDocuments(readFileSync(FILE, "utf8")).map((each) => [String(each.get("kind")), each.toJS() as unknown]),
) as unknown as Documents
const { ConfigMap, Secret, Service } = documents
const set = documents.StatefulSet.spec
const pod = set.template.spec
const [container] = pod.containers

const test = requirePrograms(...IMAGE_PROGRAMS, "curl")
const host = shareInFile(async () => {
  const started = await startDockerHost()
  await buildBerthImage(started)
  await startPod(started)
  return started
})

plainTest("the parts of the manifest name each other", () => {
  expect(set.selector.matchLabels).toEqual(set.template.metadata.labels)
  expect(Service.spec.selector).toEqual(set.template.metadata.labels)
  expect(Service.metadata.name).toBe(set.serviceName)
  const names = container.ports.map(({ name }) => name)
  const wanted = [container.livenessProbe.httpGet.port, container.readinessProbe.httpGet.port]
  for (const port of [...wanted, ...Service.spec.ports.map(({ targetPort }) => targetPort)])
    expect(names).toContain(port)
  const volumes = [...pod.volumes, ...set.volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name)
  expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort())
  expect(pod.volumes.map(({ configMap }) => configMap?.name).filter(Boolean)).toEqual([ConfigMap.metadata.name])
  expect(pod.volumes.map(({ secret }) => secret?.secretName).filter(Boolean)).toEqual([Secret.metadata.name])
})

test("the probes are answered without a log-in", async () => {
  const { run } = await host()
  for (const { httpGet } of [container.livenessProbe, container.readinessProbe])
    expect(await run(`curl --fail --silent --show-error localhost:5000${httpGet.path}`)).toBe("ok\n")
})

test("the user of the secret pushes, and nobody else", async () => {
  const { run, attempt } = await host()
  await run("docker tag busybox:stable-musl localhost:5000/app")
  expect((await attempt("docker push localhost:5000/app")).stderr).toContain("no basic auth credentials")
  await run("docker login --username testuser --password testpassword localhost:5000; docker push localhost:5000/app")
})

test("the server has the pod's user and no privilege", async () => {
  const { run } = await host()
  const status = await run("docker exec pod cat /proc/1/status")
  expect(status).toMatch(/^Uid:\t1000\t1000/m)
  expect(status).toMatch(/^CapEff:\t0+$/m)
  expect(status).toMatch(/^NoNewPrivs:\t1$/m)
})

test("the server ends with 0 within the pod's grace", async () => {
  const { run } = await host()
  await run("docker stop --time 30 pod")
  expect(await run("docker inspect --format '{{.State.ExitCode}}' pod")).toBe("0\n")
})

async function startPod({ run, directory }: DockerHost): Promise<void> {
  const { runAsUser, runAsGroup, fsGroup } = pod.securityContext
  const mounts = container.volumeMounts.map(({ name, mountPath, readOnly }) => {
    const source = join(directory, name)
    writeVolume(source, name)
    return `--volume ${source}:${mountPath}${readOnly === true ? ":ro" : ""}`
  })
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  })
  const confined = "--read-only --cap-drop ALL --security-opt no-new-privileges"
  const user = `--user ${runAsUser}:${runAsGroup} --group-add ${fsGroup}`
  const ports = container.ports.map(({ containerPort }) => `--publish 5000:${containerPort}`)
  const options = [confined, user, ...ports, ...mounts].join(" ")
  await run(`docker run --detach --name pod ${options} ${container.image} ${container.args.join(" ")}`)
  await waitForAnswer({ run })
}

// As the kubelet does: files are root's and the group's, and the group may write to the volume.
function writeVolume(path: string, name: string): void {
  const volume = pod.volumes.find((each) => each.name === name)
  const files = volume?.configMap ? ConfigMap.data : volume?.secret ? Secret.stringData : {}
  mkdirSync(path)
  chownSync(path, 0, pod.securityContext.fsGroup)
  chmodSync(path, 0o2775)
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(path, file), text)
    chownSync(join(path, file), 0, pod.securityContext.fsGroup)
    chmodSync(join(path, file), volume?.secret?.defaultMode ?? 0o644)
  }
}
