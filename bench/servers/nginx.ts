import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findProgramVersion } from "./program-version.ts"
import type { Server, Settings } from "./server.ts"

/** nginx with the same bytes as static files under the same paths: what the machine can do when nobody looks anything up. */
export function createNginx(program: string): Server {
  return {
    name: "nginx",
    version: findProgramVersion(program, ["-v"]),
    isRegistry: false,
    configure: (settings) => {
      chmodSync(settings.directory, 0o755)
      const file = join(settings.directory, "nginx.conf")
      writeFileSync(file, createConfig(settings))
      return [program, "-e", join(settings.directory, "error.log"), "-c", file]
    },
  }
}

// Workers of another user could not read the scratch directory.
function createConfig({ directory, root, port, certificate }: Settings): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  const tls =
    certificate && `ssl_certificate ${certificate.certificatePath}; ssl_certificate_key ${certificate.keyPath};`
  return `
${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes 2;
worker_rlimit_nofile 8192;
pid ${directory}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port}${certificate ? " ssl" : ""};
    ${tls ?? ""}
    root ${root};
    location = /v2/ { return 200 "{}"; }
  }
}
`
}
