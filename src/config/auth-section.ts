import {
  emptySection,
  listSetting,
  optionalSection,
  requiredSetting,
  section,
  setting,
  optionalSetting,
} from "./settings.ts"
import { flag, text, type ValueType } from "./values.ts"
import { InvalidValueError } from "./config-error.ts"

/** What tokens may be signed with where nothing is chosen, as in distribution, but for HMAC. */
export const SIGNING_ALGORITHMS = [
  "EdDSA",
  "RS256",
  "RS384",
  "RS512",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
]

/** HMAC: whoever knows the public key could sign. distribution takes the names, and no token of them ever passes. */
export const SYMMETRIC_ALGORITHM = /^HS(?:256|384|512)$/

/** Gives an empty text for a symmetric one. */
const signingAlgorithm: ValueType<string> = {
  allowed: `one of ${SIGNING_ALGORITHMS.join(", ")}`,
  parse: (value) => {
    if (SYMMETRIC_ALGORITHM.test(value)) return ""
    if (!SIGNING_ALGORITHMS.includes(value)) throw new InvalidValueError("no algorithm")
    return value
  },
  warning: (value) =>
    SYMMETRIC_ALGORITHM.test(value)
      ? `leaves ${value} out: whoever knows the public key could sign with it`
      : undefined,
}

const token = optionalSection({
  realm: requiredSetting(text, "The URL of the server that gives tokens."),
  service: requiredSetting(text, "The name of this registry there."),
  issuer: requiredSetting(text, "The name of that server in its tokens."),
  rootcertbundle: optionalSetting(text, "Path of the certificates, PEM, with the keys that tokens are signed with."),
  jwks: optionalSetting(text, "Path of a JSON Web Key Set with those keys. One of the two must be set."),
  signingalgorithms: listSetting(signingAlgorithm, "What tokens may be signed with; empty: all of these."),
  autoredirect: setting(flag, "false", "The realm is `autoredirectpath` on the host that the client asked."),
  autoredirectpath: setting(text, "/auth/token", "The path of the token server on that host."),
})

export const auth = section(
  {
    htpasswd: optionalSection({
      realm: requiredSetting(text, "The realm of the challenge that clients are sent."),
      path: requiredSetting(text, "Path of the htpasswd file; only bcrypt entries count."),
    }),
    token,
    silly: optionalSection({
      realm: requiredSetting(text, "The realm of the challenge. This lets everybody in who sends any credentials."),
      service: requiredSetting(text, "The service of the challenge."),
    }),
    none: emptySection("Authenticate nobody, as without any `auth`."),
  },
  // A misspelt way to authenticate must not leave the server open.
  "refuse variables",
)
