/** What is counted of an endpoint since the start; the first four are distribution's. */
export interface EndpointMeter {
  /** Put into the outbox. */
  events: number
  successes: number
  /** Attempts that were answered with a refusal. */
  failures: number
  /** Attempts that were not answered. */
  errors: number
  /** Events of pulls that the outbox did not take in time. */
  lost: number
  /** Given up. */
  dead: number
  /** Answers, by their status. */
  statuses: ReadonlyMap<number, number>
}

/** Counts what happens to events, for the metrics to read. */
export interface EventMeter {
  count(endpoint: string, what: Exclude<keyof EndpointMeter, "statuses">, times?: number): void
  countStatus(endpoint: string, status: number): void
  /** By the endpoint's name. */
  read(): ReadonlyMap<string, EndpointMeter>
}

type Counts = Omit<EndpointMeter, "statuses"> & { statuses: Map<number, number> }

export function createEventMeter(): EventMeter {
  const endpoints = new Map<string, Counts>()

  function get(endpoint: string): Counts {
    const known = endpoints.get(endpoint)
    if (known !== undefined) return known
    const fresh = { events: 0, successes: 0, failures: 0, errors: 0, lost: 0, dead: 0, statuses: new Map() }
    endpoints.set(endpoint, fresh)
    return fresh
  }

  return {
    count: (endpoint, what, times = 1) => {
      get(endpoint)[what] += times
    },
    countStatus: (endpoint, status) => {
      const { statuses } = get(endpoint)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    },
    read: () => endpoints,
  }
}
