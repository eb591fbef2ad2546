import { respondEmpty, respondJson, type Handler } from "./call.ts"

/** GET /v2/: how a client learns that this is a registry and what it takes to log in. */
export function createBaseHandler(warning: string | undefined): Handler {
  const headers: Record<string, string> = warning === undefined ? {} : { Warning: `299 - "${warning}"` }
  const ready = { ...headers, "Content-Type": "application/json" }
  // Two bytes and no newline: what registry:2 answers, and what probes compare.
  const body = "{}"
  return async (call) => {
    call.context.answerBytes = body.length
    return new Response(body, { headers: { ...call.headers, ...ready } })
  }
}

/** GET /: load balancers and people look here first. */
export const root: Handler = async (call) => respondEmpty(call, 200, { "Cache-Control": "no-cache" })

const EXTENSIONS = {
  extensions: [
    {
      name: "_oci",
      description: "Tells which extensions there are",
      url: "https://github.com/opencontainers/distribution-spec/blob/main/extensions/_oci.md",
      endpoints: ["_oci/ext/discover"],
    },
  ],
}

/** GET /v2/_oci/ext/discover (distribution-spec, extensions/_oci.md). */
export const extensions: Handler = async (call) => respondJson(call, EXTENSIONS)
