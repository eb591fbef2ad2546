import type { DockerHost } from "./docker-host.ts"

// The port is open before the server in the container is: what comes meanwhile is cut off.
const PATIENT = "curl --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --output /dev/null"

/** Waits until something answers, whatever it answers. */
export function waitForAnswer(host: Pick<DockerHost, "run">, url = "http://localhost:5000/v2/"): Promise<string> {
  return host.run(`${PATIENT} --insecure ${url}`)
}

/** Starts a container of our image that publishes port 5000, and waits until it answers. Another one is removed first. */
export async function startContainer(host: DockerHost, options: string, args = ""): Promise<void> {
  await removeContainer(host)
  await host.run(`docker run --detach --name registry --publish 5000:5000 ${options} berth ${args}`)
  await waitForAnswer(host, `${options.includes("_TLS_") ? "https" : "http"}://localhost:5000/v2/`)
}

export async function removeContainer(host: DockerHost): Promise<void> {
  await host.attempt("docker rm --force --volumes registry")
}
