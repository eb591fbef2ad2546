import { unknownDigest } from "../../conformance/content.ts"
import { createTokenIssuer, SERVICE } from "../../support/token-issuer.ts"
import type { RecordedRequest, Scenario } from "../request.ts"
import { withHeaders } from "./pushing.ts"

/** Of both servers; its certificate is a file of theirs. */
export const issuer = createTokenIssuer("RS256")

const now = Math.floor(Date.now() / 1000)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const holder = (...actions: string[]) =>
  bearer(issuer.issue({ access: [{ type: "repository", name: "team/app", actions }] }))

const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "no token": {},
  "an empty header": { authorization: "" },
  "a password": { authorization: `Basic ${btoa("alice:secret")}` },
  "the scheme alone": { authorization: "Bearer" },
  "no token at all": bearer("garbage"),
  "three parts of nothing": bearer("a.b.c"),
  "a token that is over": bearer(issuer.issue({ exp: now - 61 })),
  "a token that has not begun": bearer(issuer.issue({ nbf: now + 70 })),
  "a token without an end": bearer(issuer.issue({ exp: undefined })),
  "a token for another": bearer(issuer.issue({ aud: "other.example" })),
  "a token for nobody": bearer(issuer.issue({ aud: undefined })),
  "a token for several": bearer(issuer.issue({ aud: ["other.example", SERVICE] })),
  "a token of another issuer": bearer(issuer.issue({ iss: "other.example" })),
  "a token of another key": bearer(createTokenIssuer("RS256").issue()),
  "a token of an unknown name of a key": bearer(issuer.issue({}, { kid: "unknown" })),
  "a token for no repository": bearer(issuer.issue()),
  "a token of nobody": bearer(issuer.issue({ sub: undefined })),
  "a token to pull": holder("pull"),
  "a token to push": holder("push"),
  "a token to pull and push": holder("pull", "push"),
  "a token to delete": holder("delete"),
  "a token for every action": holder("*"),
  "a token for another type": bearer(
    issuer.issue({ access: [{ type: "repository(plugin)", name: "team/app", actions: ["*"] }] }),
  ),
  "a token for a plugin": bearer(
    issuer.issue({ access: [{ type: "repository", class: "plugin", name: "team/app", actions: ["pull"] }] }),
  ),
  "a token for the catalog": bearer(issuer.issue({ access: [{ type: "registry", name: "catalog", actions: ["*"] }] })),
  "a token to search": bearer(issuer.issue({ access: [{ type: "registry", name: "catalog", actions: ["search"] }] })),
}

const app = "/v2/team/app"
const upload = `${app}/blobs/uploads/00000000-0000-4000-8000-000000000000`

const REQUESTS: readonly RecordedRequest[] = [
  { name: "base", method: "GET", to: "/v2/" },
  { name: "catalog", method: "GET", to: "/v2/_catalog" },
  { name: "tags", method: "GET", to: `${app}/tags/list` },
  { name: "manifest by HEAD", method: "HEAD", to: `${app}/manifests/latest` },
  { name: "manifest by PUT", method: "PUT", to: `${app}/manifests/latest`, body: "{}" },
  { name: "manifest by DELETE", method: "DELETE", to: `${app}/manifests/${unknownDigest()}` },
  { name: "blob", method: "GET", to: `${app}/blobs/${unknownDigest()}` },
  { name: "upload by POST", method: "POST", to: `${app}/blobs/uploads/` },
  { name: "upload by GET", method: "GET", to: upload },
  { name: "upload by PATCH", method: "PATCH", to: upload, body: "bytes" },
  { name: "upload by DELETE", method: "DELETE", to: upload },
  { name: "another repository", method: "GET", to: "/v2/team/app2/tags/list" },
  { name: "mount", method: "POST", to: `${app}/blobs/uploads/?mount=${unknownDigest()}&from=team/other` },
  { name: "mount from itself", method: "POST", to: `${app}/blobs/uploads/?mount=${unknownDigest()}&from=team/app` },
]

/** Who may do what, and how that is said. */
export const tokens: readonly Scenario[] = Object.entries(CREDENTIALS).map(([who, headers]) => ({
  name: `tokens: ${who}`,
  requests: REQUESTS.map((request) => withHeaders(request, headers)),
}))

/** Of distribution's `silly`, which looks at no token. */
export const silly: readonly Scenario[] = tokens
  .filter(({ name }) => /no token$|an empty header|a password|no token at all/.test(name))
  .map(({ name, requests }) => ({ name: name.replace("tokens", "silly"), requests }))
