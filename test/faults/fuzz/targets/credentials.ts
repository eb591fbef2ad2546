import * as fc from "fast-check"
import type { Action } from "../../../../src/domain/actor.ts"
import { isGranted, listScopes } from "../../../../src/domain/scope.ts"
import { findBasicCredentials } from "../../../../src/adapters/identity/basic-credentials.ts"
import { formatBearerChallenge, formatScopes } from "../../../../src/adapters/identity/bearer-challenge.ts"
import { parseHtpasswd } from "../../../../src/adapters/identity/htpasswd-file.ts"
import { findClaims } from "../../../../src/adapters/identity/token-claims.ts"
import { insist, target } from "../target.ts"
import { anyText, headerOf, PIECES, textOf } from "../texts.ts"

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/
const encode = (text: string) => Buffer.from(text).toString("base64")
const visible = anyText.map((text) => text.toWellFormed().replaceAll(/\p{Cc}/gu, ""))
const user = visible.map((text) => `u${text.replaceAll(":", "").slice(0, 60)}`)

const basicRoundTrip = target({
  name: "Authorization: Basic reads back every user and password, padded or not",
  arbitrary: fc.tuple(fc.constantFrom("Basic ", "basic ", "BASIC   "), user, visible, fc.boolean()),
  check: ([start, name, password, isPadded]) => {
    const encoded = encode(`${name}:${password}`)
    const found = findBasicCredentials(start + (isPadded ? encoded : encoded.replace(/=+$/, "")))
    insist(
      found?.user === name && found.password === password,
      () => `${name}:${password} became ${JSON.stringify(found)}`,
    )
  },
})

const basic = target({
  name: "Authorization: Basic gives neither a colon in a user nor a control character",
  arbitrary: fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((content) => `Basic ${Buffer.from(content).toString("base64")}`),
    headerOf(["Basic", "Bearer", " ", "=", "==", "YTpi", "+", "/", "-", "_", "!", ","]),
  ),
  check: (header) => {
    const found = findBasicCredentials(header)
    if (found === undefined) return
    insist(found.user !== "" && !found.user.includes(":"), () => `${header} gives the user ${found.user}`)
    insist(!CONTROL.test(found.user + found.password), () => `${header} holds control characters`)
  },
  grow: { pieces: [...PIECES, "YTpi", "=", " "], read: (text) => findBasicCredentials(`Basic ${text}`) },
})

const BCRYPT = `$2y$05$${"a".repeat(53)}`
const HTPASSWD_PIECES = [
  "alice",
  ":",
  "#",
  "\n",
  "\r",
  " ",
  "$2y$05$",
  BCRYPT,
  `alice:${BCRYPT}\n`,
  "$apr1$",
  "{SHA}",
  "\0",
  "é",
]

const htpasswd = target({
  name: "htpasswd lets nobody in by a line that is no bcrypt entry",
  arbitrary: textOf(HTPASSWD_PIECES, 20),
  check: (content) => {
    const { hashes, refusedUsers, brokenLines, usualCost } = parseHtpasswd(content)
    for (const hash of hashes.values()) insist(/^\$2[abxy]\$\d\d\$.{53}$/.test(hash), () => `${hash} is taken`)
    const entries = content.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"))
    insist(
      hashes.size + refusedUsers.length + brokenLines.length <= entries.length,
      () => "there are more entries than lines",
    )
    insist(usualCost >= 4 && usualCost < 32, () => `the cost is ${usualCost}`)
  },
  grow: { pieces: [...PIECES, ...HTPASSWD_PIECES, "a:$2", " \n:"], read: parseHtpasswd },
})

const htpasswdRoundTrip = target({
  name: "htpasswd reads back every entry, the last of a user",
  arbitrary: fc.tuple(
    fc.array(fc.tuple(user, fc.constantFrom("a", "b", "x", "y"), fc.constantFrom("", "# alice:x", "   ")), {
      maxLength: 5,
    }),
    fc.constantFrom("\n", "\r\n", "  \n"),
  ),
  check: ([entries, end]) => {
    const written = entries.filter(([name]) => name.trim() === name)
    const lines = written.flatMap(([name, minor, between]) => [between, `${name}:$2${minor}$10$${"b".repeat(53)}`])
    const { hashes, brokenLines, refusedUsers } = parseHtpasswd(lines.join(end))
    insist(brokenLines.length + refusedUsers.length === 0, () => `${lines.join("|")} has entries that are refused`)
    insist(hashes.size === new Set(written.map(([name]) => name)).size, () => `${lines.join("|")} has other users`)
    for (const [name, minor] of new Map(written.map(([each, last]) => [each, last])))
      insist(hashes.get(name)?.[2] === minor, () => `${name} has another entry`)
  },
})

const ACTIONS = ["pull", "push", "delete", "cancel", "catalog", "search"] as const
const aWord = fc.constantFrom(
  "pull",
  "push",
  "delete",
  "*",
  "search",
  "repository",
  "registry",
  "catalog",
  "a",
  "a/b",
  "ab",
  "",
  "PULL",
)
const aValue = fc.oneof(aWord, fc.constantFrom<unknown>(null, 0, [], {}, undefined), fc.array(aWord, { maxLength: 3 }))
const anAccess = fc.record(
  { type: aValue, name: aValue, class: aValue, actions: fc.oneof(fc.array(aWord, { maxLength: 3 }), aValue) },
  { requiredKeys: [] },
)

/** What the claim grants, read a second time: by each right alone. */
function grantsOf(access: unknown, action: Action, repository: string): boolean {
  if (!Array.isArray(access)) return false
  return listScopes(action, repository).every((scope) =>
    access.some((each: { type?: unknown; name?: unknown; actions?: unknown }) => {
      const isNamed = each.type === scope.type && each.name === scope.name
      return (
        isNamed && Array.isArray(each.actions) && (each.actions.includes(scope.action) || each.actions.includes("*"))
      )
    }),
  )
}

const claims = target({
  name: "claims of a token, and the rights that they give, against a second reader",
  share: 0.2,
  arbitrary: fc.record(
    {
      sub: fc.oneof(visible, aValue),
      access: fc.oneof(
        { weight: 8, arbitrary: fc.array(anAccess, { maxLength: 3 }) },
        { weight: 1, arbitrary: aValue },
      ),
    },
    { requiredKeys: [] },
  ),
  check: (payload) => {
    const found = findClaims(payload)
    if (found === undefined) return
    insist(!CONTROL.test(found.user) && Buffer.byteLength(found.user) <= 255, () => `the user is ${found.user}`)
    for (const action of ACTIONS)
      for (const repository of ["a", "a/b", "ab", "catalog"])
        insist(
          isGranted(found.grants, action, repository) === grantsOf(payload.access, action, repository),
          () => `${JSON.stringify(payload)} on ${action} of ${repository}`,
        )
  },
})

const challenge = target({
  name: "WWW-Authenticate, whose parameters are read back",
  arbitrary: fc.tuple(
    textOf(['"', "\\", ",", "=", "a", "é", " ", "\n", "https://"]),
    fc.constantFrom(...ACTIONS),
    user,
  ),
  check: ([realm, action, service]) => {
    const scope = formatScopes(listScopes(action, "a/b"))
    const header = formatBearerChallenge({ realm, service, scope })
    insist(!/[\r\n\0]/.test(header), () => `${JSON.stringify(header)} is more than one line`)
    const values = [...header.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value = ""]) => [name, value])
    const rest = header.replaceAll(/(\w+)="((?:[^"\\]|\\.)*)"/g, "")
    insist(/^Bearer ,,?$/.test(rest), () => `${header} leaves ${rest}`)
    insist(values[2]?.[1] === scope, () => `${header} has another scope`)
    insist(new Headers({ "www-authenticate": header }).has("www-authenticate"), () => `${header} is no header`)
  },
})

export const credentials = [basicRoundTrip, basic, htpasswd, htpasswdRoundTrip, claims, challenge]
