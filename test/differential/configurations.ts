import { deletes } from "./scenarios/deletes.ts"
import { everything } from "./scenarios/all.ts"
import { forwarding, redirecting } from "./scenarios/forwarding.ts"
import { locked } from "./scenarios/locked.ts"
import { manifests } from "./scenarios/manifests.ts"
import { prefixed } from "./scenarios/prefixed.ts"
import { routes } from "./scenarios/routes.ts"
import { uploads } from "./scenarios/uploads.ts"
import { issuer, silly, tokens } from "./scenarios/tokens.ts"
import { ISSUER, SERVICE } from "../support/token-issuer.ts"
import type { Scenario } from "./request.ts"
import type { Configuration } from "./servers.ts"

/** A file with variables over it, and what is asked of the two servers that have them. */
interface Trial extends Configuration {
  scenarios: readonly Scenario[]
}

const FILE = `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: "{root}/data"}}
http: {addr: "127.0.0.1:{port}", headers: {X-Content-Type-Options: [nosniff]}}
`

// alice, secret: htpasswd -Bbn, cost 5
const USERS = "alice:$2y$05$QIU/fzMbRyhFSOoueSJnUudpk.NmME9u1THsXU3Uyjqrw14H/ZVui\n"

export const trials: readonly Trial[] = [
  {
    name: "deletes by a variable",
    file: FILE,
    env: { REGISTRY_STORAGE_DELETE_ENABLED: "true" },
    scenarios: everything,
  },
  { name: "nothing said of deletes", file: FILE, scenarios: deletes },
  {
    name: "read only, by a variable",
    file: FILE,
    env: { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' },
    scenarios: [...routes, ...deletes.filter(({ content }) => content === undefined)],
  },
  {
    name: "passwords, by variables",
    file: FILE,
    files: { htpasswd: USERS },
    env: {
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "Registry Realm",
      REGISTRY_AUTH_HTPASSWD_PATH: "{root}/htpasswd",
    },
    scenarios: locked,
  },
  {
    name: "tokens of an issuer, by variables",
    file: FILE,
    files: { "issuer.pem": issuer.certificate },
    env: {
      REGISTRY_AUTH: "token",
      REGISTRY_AUTH_TOKEN_REALM: "https://auth.example.com/token",
      REGISTRY_AUTH_TOKEN_SERVICE: SERVICE,
      REGISTRY_AUTH_TOKEN_ISSUER: ISSUER,
      REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: "{root}/issuer.pem",
      REGISTRY_STORAGE_DELETE_ENABLED: "true",
    },
    scenarios: tokens,
  },
  {
    name: "tokens on the registry's own host",
    file: FILE,
    files: { "issuer.pem": issuer.certificate },
    env: {
      REGISTRY_AUTH: "token",
      REGISTRY_AUTH_TOKEN_REALM: "http://auth.example.com/token",
      REGISTRY_AUTH_TOKEN_SERVICE: SERVICE,
      REGISTRY_AUTH_TOKEN_ISSUER: ISSUER,
      REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: "{root}/issuer.pem",
      REGISTRY_AUTH_TOKEN_AUTOREDIRECT: "true",
    },
    scenarios: redirecting,
  },
  {
    name: "silly, by variables",
    file: FILE,
    env: {
      REGISTRY_AUTH: "silly",
      REGISTRY_AUTH_SILLY_REALM: "https://auth.example.com/token",
      REGISTRY_AUTH_SILLY_SERVICE: SERVICE,
    },
    scenarios: silly,
  },
  {
    name: "a prefix and a host",
    file: FILE,
    env: { REGISTRY_HTTP_PREFIX: "/registry/", REGISTRY_HTTP_HOST: "https://registry.example.com/registry/" },
    scenarios: prefixed,
  },
  {
    name: "relative URLs",
    file: FILE,
    env: { REGISTRY_HTTP_RELATIVEURLS: "true", REGISTRY_STORAGE_DELETE_ENABLED: "true" },
    scenarios: [...uploads, ...manifests],
  },
  { name: "headers of a proxy", file: FILE, scenarios: forwarding },
  { name: "in memory, by a variable", file: FILE, env: { REGISTRY_STORAGE: "inmemory" }, scenarios: uploads },
]
