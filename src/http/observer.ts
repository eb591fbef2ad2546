import type { IncomingRequest } from "./incoming-request.ts"

/** Watches requests go by: logs, metrics, traces. Neither call throws. */
export interface RequestObserver {
  /** The request's route is known; it is not yet known who asks. */
  begin?(incoming: IncomingRequest): void
  /** Once for each request, also for those that came to no route. The body of the answer has still to be sent. */
  end(incoming: IncomingRequest, response: Response): void
}

export function combineObservers(observers: readonly RequestObserver[]): RequestObserver {
  const [first] = observers
  if (observers.length === 1 && first !== undefined) return first
  return {
    begin: (incoming) => {
      for (const each of observers) each.begin?.(incoming)
    },
    end: (incoming, response) => {
      for (const each of observers) each.end(incoming, response)
    },
  }
}

/** Bytes of the answer's body, as far as they are known before they are sent. */
export function countAnswerBytes({ request, answerBytes }: IncomingRequest, response: Response): number {
  if (request.method === "HEAD") return 0
  if (answerBytes > 0 || response.status < 400) return answerBytes
  return Number(response.headers.get("content-length") ?? 0)
}
