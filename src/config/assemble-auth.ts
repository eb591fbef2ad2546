import { SIGNING_ALGORITHMS } from "./auth-section.ts"
import type { AuthConfig, TokenConfig } from "./config.ts"
import type { Settings } from "./schema.ts"

export function assembleAuth({ htpasswd, token, silly }: Settings["auth"]): AuthConfig | undefined {
  if (htpasswd !== undefined) return { kind: "htpasswd", ...htpasswd }
  if (token !== undefined) return assembleToken(token)
  return silly && { kind: "silly", ...silly }
}

function assembleToken(token: NonNullable<Settings["auth"]["token"]>): TokenConfig {
  const algorithms = token.signingalgorithms.filter((algorithm) => algorithm !== "")
  return {
    kind: "token",
    realm: token.realm,
    service: token.service,
    issuer: token.issuer,
    certificatesPath: token.rootcertbundle,
    keySetPath: token.jwks,
    algorithms: algorithms.length === 0 ? SIGNING_ALGORITHMS : algorithms,
    redirectPath: token.autoredirect ? token.autoredirectpath : undefined,
  }
}
