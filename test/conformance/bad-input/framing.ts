import { expect } from "bun:test"
import { htpasswdLine, startProtected } from "../htpasswd.ts"
import { requestText, sendRaw } from "../raw-socket.ts"
import type { BadInput } from "./row.ts"

const HOST = "Host: registry\r\n"

export const framing: BadInput[] = [
  {
    id: "B88",
    input: "requests whose length can be read in two ways",
    check: async (registry) => {
      const head = `POST /v2/a/blobs/uploads/ HTTP/1.1\r\n${HOST}`
      const smuggled = "GET /v2/_catalog HTTP/1.1\r\nHost: registry\r\n\r\n"
      const requests = [
        `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
        `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello${smuggled}`,
        `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${smuggled}`,
        `POST /v2/a/blobs/uploads/ HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      ]
      for (const request of requests) {
        const answer = await sendRaw(registry.url, request)
        expect({ request, status: answer.status, isClosed: answer.isClosed }).toEqual({
          request,
          status: 400,
          isClosed: true,
        })
        expect(answer.body).not.toContain("repositories")
      }
    },
  },
  {
    id: "B91",
    input: "header blocks and targets beyond all measure",
    check: async (registry) => {
      const fields = Array.from({ length: 2001 }, (_, index) => `X-${index}: a`)
      const requests = [
        requestText("GET", "/v2/", [`X-Long: ${"a".repeat(64 * 1024)}`]),
        requestText("GET", "/v2/", fields),
        requestText("GET", `/v2/${"a".repeat(16 * 1024 + 1)}/manifests/latest`),
        requestText("GET", `/v2/_catalog?last=${"a".repeat(17 * 1024)}`),
      ]
      for (const request of requests) expect((await sendRaw(registry.url, request)).status).toBe(431)
    },
  },
  {
    id: "B101",
    input: "requests that name no host",
    check: async (registry) => {
      const lines = ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost:\r\nConnection: close\r\n"]
      await using server = await startProtected(await htpasswdLine("alice", "secret"))
      for (const line of lines) {
        const open = await sendRaw(registry.url, `GET /v2/ ${line}\r\n`)
        expect({ line, status: open.status, body: open.body.trim() }).toEqual({ line, status: 200, body: "{}" })
        const listing = await sendRaw(registry.url, `GET /v2/_catalog?n=0 ${line}\r\n`)
        expect({ line, status: listing.status }).toEqual({ line, status: 200 })
        expect(JSON.parse(listing.body)).toEqual({ repositories: [] })
        for (const target of ["/v2/", "/v2/_catalog", "/v2/a/manifests/latest"]) {
          const closed = await sendRaw(server.berth.url, `GET ${target} ${line}\r\n`)
          expect({ line, target, status: closed.status }).toEqual({ line, target, status: 401 })
          expect(closed.head).toContain('WWW-Authenticate: Basic realm="Registry"')
        }
      }
      const without = await sendRaw(registry.url, "GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n")
      expect({ status: without.status, isClosed: without.isClosed }).toEqual({ status: 400, isClosed: true })
    },
  },
]
