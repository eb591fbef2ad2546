import { bytesOf, digestOf, type Bytes } from "../conformance/content.ts"
import { observe, type Observation } from "./observation.ts"
import { fill, withQuery, type RecordedRequest, type Scenario } from "./request.ts"
import type { RunningServer } from "./servers.ts"

/** Sends the requests of a scenario in order; gives what was answered to each. */
export async function play(scenario: Scenario, repository: string, server: RunningServer): Promise<Observation[]> {
  const { content = {} } = scenario
  const values: Record<string, string> = { repository, location: "/", host: server.host }
  for (const [name, bytes] of Object.entries(content)) values[name] = digestOf(bytes)
  const observations: Observation[] = []
  for (const request of scenario.requests) {
    const response = await send(request, { values, content, server })
    values["location"] = response.headers.get("location") ?? values["location"] ?? "/"
    observations.push(await observe(response, server.host))
  }
  return observations
}

interface Surroundings {
  values: Readonly<Record<string, string>>
  content: Readonly<Record<string, Bytes>>
  server: RunningServer
}

async function send(request: RecordedRequest, { values, content, server }: Surroundings): Promise<Response> {
  const { method, headers = {}, query } = request
  const url = withQuery(fill(request.to, values), query && fill(query, values))
  const body = request.body === undefined ? undefined : (content[request.body] ?? bytesOf(fill(request.body, values)))
  // A Location may name the host that clients know; this server is asked all the same.
  const { pathname, search } = new URL(url, server.url)
  return fetch(new URL(pathname + search, server.url), {
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, fill(text, values)])),
    redirect: "manual",
    decompress: false,
    ...(body !== undefined && { body: request.isChunked === true ? inPieces(body) : body }),
  })
}

function inPieces(bytes: Bytes): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.subarray(0, bytes.length / 2))
      controller.enqueue(bytes.subarray(bytes.length / 2))
      controller.close()
    },
  })
}
