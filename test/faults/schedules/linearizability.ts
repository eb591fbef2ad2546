/** One call of a client, as it was seen from outside; `began` and `ended` count the events of the history. */
export interface Observed<Call> {
  client: string
  call: Call
  outcome: string
  began: number
  ended: number
}

/** What the object does when one call at a time is made of it. */
export interface Model<State, Call> {
  initial: State
  /** The state after the call, or `undefined` where it cannot have this outcome. */
  step(state: State, call: Call, outcome: string): State | undefined
  /** The same for two states that behave alike. */
  keyOf(state: State): string
}

/** Notes calls as they begin and end. */
export interface Recorder<Call> {
  history: readonly Observed<Call>[]
  record(client: string, call: Call, perform: () => Promise<string>): Promise<string>
}

export function createRecorder<Call>(): Recorder<Call> {
  const history: Observed<Call>[] = []
  let events = 0
  return {
    history,
    record: async (client, call, perform) => {
      const began = events++
      const outcome = await perform()
      history.push({ client, call, outcome, began, ended: events++ })
      return outcome
    },
  }
}

/**
 * Looks for an order of the calls, each at some moment between its beginning and its end, in which the model gives every
 * outcome that was observed (Wing and Gong 1993, with Lowe's memory of states that led nowhere). `undefined`: there is none.
 */
export function findOrder<State, Call>(
  history: readonly Observed<Call>[],
  model: Model<State, Call>,
): Observed<Call>[] | undefined {
  const calls = [...history].sort((one, other) => one.began - other.began)
  const dead = new Set<string>()
  const order: Observed<Call>[] = []
  const left = new Set(calls)

  function search(state: State): boolean {
    if (left.size === 0) return true
    const key = `${[...left].map((each) => each.began).join()} ${model.keyOf(state)}`
    if (dead.has(key)) return false
    let firstEnd = Infinity
    for (const { ended } of left) firstEnd = Math.min(firstEnd, ended)
    for (const next of calls) {
      // Whatever began after another call had ended comes after that call.
      if (next.began > firstEnd) break
      if (!left.has(next)) continue
      const after = model.step(state, next.call, next.outcome)
      if (after === undefined) continue
      left.delete(next)
      order.push(next)
      if (search(after)) return true
      order.pop()
      left.add(next)
    }
    dead.add(key)
    return false
  }

  return search(model.initial) ? order : undefined
}

export function describeHistory<Call>(history: readonly Observed<Call>[]): string {
  const lines = [...history].sort((one, other) => one.began - other.began)
  return lines
    .map(
      ({ client, call, outcome, began, ended }) =>
        `  [${began}–${ended}] ${client}: ${JSON.stringify(call)} → ${outcome}`,
    )
    .join("\n")
}
