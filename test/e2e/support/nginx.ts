import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { attempt } from "./command.ts"
import { createCertificates } from "./certificates.ts"
import { startIsolated } from "./isolated-process.ts"
import type { Registry } from "./registry.ts"

/** Starts nginx as it is usually put before a registry: it ends TLS, and hands bodies on as they come, both ways. */
export async function startNginx(upstreamPort: number): Promise<Registry> {
  const scratch = createScratch("berth-nginx")
  const path = (name: string) => join(scratch.path, name)
  const port = await findFreePort()
  const host = `127.0.0.1:${port}`
  const certificates = await createCertificates(scratch.path)
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  for (const name of temporary) mkdirSync(path(name))
  writeFileSync(
    path("nginx.conf"),
    `daemon off; pid ${path("nginx.pid")}; user root; worker_processes 1;
    events { worker_connections 256; }
    http {
      access_log off; ${temporary.map((name) => `${name}_temp_path ${path(name)};`).join(" ")}
      server {
        listen ${host} ssl http2;
        ssl_certificate ${certificates.certificate}; ssl_certificate_key ${certificates.key};
        client_max_body_size 0;
        location / {
          proxy_pass http://127.0.0.1:${upstreamPort}; proxy_http_version 1.1;
          proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_request_buffering off; proxy_buffering off; proxy_read_timeout 900;
        }
      }
    }`,
  )
  const url = `https://${host}`
  const isReady = async () => (await attempt(["openssl", "s_client", "-connect", host])).exitCode === 0
  const nginx = await startIsolated(["nginx", "-e", path("error.log"), "-c", path("nginx.conf")], isReady)
  return {
    host,
    port,
    url,
    certificates,
    [Symbol.asyncDispose]: async () => {
      await nginx[Symbol.asyncDispose]()
      scratch[Symbol.dispose]()
    },
  }
}
