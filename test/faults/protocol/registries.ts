// The registries that the model is compared with: their services in this process, or a server.
import { createMemoryBlobStore } from "../../../src/adapters/blob-store/memory/memory.ts"
import { systemClock } from "../../../src/adapters/clock/system.ts"
import { randomIds as ids } from "../../../src/adapters/ids/random.ts"
import { emptyLinkTree } from "../../../src/adapters/link-tree/empty.ts"
import { createMemoryLogger } from "../../../src/adapters/logger/memory.ts"
import { createMetadata } from "../../../src/adapters/metadata/metadata.ts"
import { createMemoryUnrecorded } from "../../../src/adapters/unrecorded/memory.ts"
import { createRegistryApp } from "../../../src/compose/app.ts"
import { createServices } from "../../../src/compose/services.ts"
import { openStorage, type Storage } from "../../../src/compose/storage.ts"
import type { Config } from "../../../src/config/config.ts"
import { loadConfig } from "../../../src/config/load-config.ts"
import { createApi } from "../../../src/http/api/app.ts"
import type { Api } from "../../../src/http/api/call.ts"
import type { App } from "../../../src/http/app.ts"
import { startThreads } from "../../../src/threads.ts"
import { createScratch } from "../../support/scratch.ts"
import { CONFIGURATION } from "./limits.ts"
import { writeTarget, type Face, type Question } from "./question.ts"
import { testIdentity } from "./rights.ts"

/** One registry with nothing in it. */
export interface TestedRegistry {
  name: string
  /** Whether it knows users, and stands behind other registries with less rights. */
  hasUsers: boolean
  /** Sends the request; `toUploadId` knows the registry's own names of uploads. */
  send(question: Question, toUploadId: (id: string) => string, body?: ReadableStream<Uint8Array>): Promise<Response>
  /** Asks as commands do. */
  command(method: string, path: string, body: string): Promise<Response>
  /** Sends the beginning of a body and cuts the connection; left out where nothing is between: the body fails then. */
  cut?(question: Question, toUploadId: (id: string) => string, sent: Uint8Array): Promise<void>
  /** Ends it and starts it anew over what it keeps; `undefined` where it keeps nothing. */
  restart: (() => Promise<void>) | undefined
  close(): Promise<void>
}

/** One in this process, which takes any request. */
export interface InnerRegistry extends TestedRegistry {
  answer(request: Request): Promise<Response>
}

const FACES: Record<Face, object> = {
  usual: { delete: { enabled: true } },
  "no-deletes": { delete: { enabled: false } },
  "read-only": { delete: { enabled: true }, maintenance: { readonly: { enabled: true } } },
}

export async function openInMemory(): Promise<InnerRegistry> {
  const open = async (): Promise<Storage> => {
    const metadata = await createMetadata({ path: ":memory:", clock: systemClock })
    const unrecorded = createMemoryUnrecorded()
    return { store: createMemoryBlobStore(), metadata, unrecorded, links: emptyLinkTree, close: () => metadata.close() }
  }
  const opened = await openApps(open)
  return { name: "memory", hasUsers: true, ...opened, restart: undefined }
}

/** Files and a database in a directory of its own, with the threads that write them. */
export async function openOnDisk(): Promise<TestedRegistry> {
  const scratch = createScratch("berth-protocol")
  const place = { root: scratch.path, workingDirectory: scratch.path, holder: { pid: process.pid, host: "test" } }
  const { usual } = await loadConfigs()
  const open = () => openStorage(usual, { ...place, holder: { ...place.holder }, threads: startThreads() })
  let opened = await openApps(open)
  return {
    name: "disk",
    hasUsers: true,
    send: (...given) => opened.send(...given),
    command: (...given) => opened.command(...given),
    restart: async () => {
      await opened.close()
      opened = await openApps(open)
    },
    close: async () => {
      await opened.close()
      scratch[Symbol.dispose]()
    },
  }
}

async function openApps(
  open: () => Promise<Storage>,
): Promise<Pick<InnerRegistry, "answer" | "send" | "command" | "close">> {
  const [configs, storage] = await Promise.all([loadConfigs(), open()])
  const log = createMemoryLogger()
  const apps = new Map<Face, App>()
  const apis = new Map<Face, Api>()
  for (const [face, config] of Object.entries(configs) as [Face, Config][]) {
    const services = createServices(config, { storage, identity: testIdentity, log, hostname: "test" })
    await services.adoption.open()
    apps.set(face, createRegistryApp(config, { services, log, observer: undefined, exposure: undefined }))
    apis.set(face, createApi({ services, ids, log, version: "test", isAlone: false, isReadOnly: false }))
  }
  const answer = async (request: Request, face: Face): Promise<Response> => {
    const app = apps.get(face)
    if (app === undefined) throw new Error(`no registry is ${face}`)
    const response = await app(request, { address: "127.0.0.1" })
    if (response.status >= 500) throw new Error(`answered ${response.status}: ${log.messages("error").join("; ")}`)
    return response
  }
  return {
    answer: (request) => answer(request, "usual"),
    command: async (method, path, body) => {
      const headers = { "content-type": "application/json" }
      const response = await apis.get("usual")?.fetch(new Request(`http://registry${path}`, { method, headers, body }))
      if (response === undefined || response.status >= 500) throw new Error(`${path} was answered ${response?.status}`)
      return response
    },
    send: (question, toUploadId, body) => {
      const request = new Request(`http://registry${writeTarget(question, toUploadId)}`, {
        ...writeRequest(question, body),
        headers: { ...lengthOf(question), ...question.headers, authorization: question.user },
      })
      return answer(request, question.face)
    },
    close: () => storage.close(),
  }
}

let loaded: Promise<Record<Face, Config>> | undefined

function loadConfigs(): Promise<Record<Face, Config>> {
  const load = async (face: Face): Promise<Config> => {
    const storage = { filesystem: { rootdirectory: "/" }, ...FACES[face] }
    const text = JSON.stringify({ ...CONFIGURATION, storage })
    return (await loadConfig({ env: {}, file: { path: "config.yml", text } })).config
  }
  return (loaded ??= Promise.all([load("usual"), load("no-deletes"), load("read-only")]).then(
    ([usual, noDeletes, readOnly]) => ({ usual, "no-deletes": noDeletes, "read-only": readOnly }),
  ))
}

export function writeRequest(question: Question, body?: ReadableStream<Uint8Array>): RequestInit {
  const { method, isStreamed } = question
  // A copy: the bytes of a request go to the thread that writes them.
  const bytes = question.body && new Uint8Array(question.body)
  const sent = body ?? (isStreamed && bytes !== undefined ? streamOf(bytes) : bytes)
  return { method, ...(sent !== undefined && { body: sent }) }
}

/** As a server would have it of a client. */
function lengthOf({ method, body, isStreamed }: Question): Record<string, string> {
  if (isStreamed || method === "GET" || method === "HEAD") return {}
  return { "content-length": String(body?.length ?? 0) }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const middle = bytes.length >> 1
  const pieces = [bytes.slice(0, middle), bytes.slice(middle)].filter(({ length }) => length > 0)
  return new ReadableStream({
    pull: (controller) => {
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
  })
}
