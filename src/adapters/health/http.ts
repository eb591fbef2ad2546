import type { Probe } from "../../ports/probe.ts"

interface HttpProbeOptions {
  url: string
  headers: Readonly<Record<string, readonly string[]>>
  status: number
  timeoutSeconds: number
}

// Where no timeout is set distribution waits for ever.
const LONGEST_SECONDS = 30

/** Fails unless a HEAD of the URL is answered with the status. Redirects are not followed, for their status may be meant. */
export function createHttpProbe({ url, headers, status, timeoutSeconds }: HttpProbeOptions): Probe {
  return {
    name: withoutCredentials(url),
    check: async () => {
      const fields = new Headers()
      for (const [name, values] of Object.entries(headers)) for (const value of values) fields.append(name, value)
      const signal = AbortSignal.timeout((timeoutSeconds || LONGEST_SECONDS) * 1000)
      const response = await ask(url, { method: "HEAD", headers: fields, redirect: "manual", signal, keepalive: false })
      if (response.status !== status) throw new Error(`it answered ${response.status}, not ${status}`)
    },
  }
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError"
    // The runtime's message could hold the URL, with a password in it.
    throw new Error(isLate ? "it did not answer in time" : "it cannot be reached", { cause: error })
  }
}

function withoutCredentials(text: string): string {
  const url = new URL(text)
  if (url.username === "" && url.password === "") return text
  url.username = ""
  url.password = ""
  return url.href
}
