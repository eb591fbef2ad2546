export interface ReceivedEvent {
  headers: Headers
  body: string
}

export interface EventReceiver extends Disposable {
  url: string
  port: number
  received: ReceivedEvent[]
  /** The status of the answers; 200 at first. */
  status: number
}

/** An endpoint of notifications that keeps what it was sent. */
export function startEventReceiver(port = 0): EventReceiver {
  const received: ReceivedEvent[] = []
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      received.push({ headers: request.headers, body: await request.text() })
      return new Response(null, { status: receiver.status })
    },
  })
  const receiver: EventReceiver = {
    url: `http://127.0.0.1:${server.port}/hook`,
    port: server.port ?? 0,
    received,
    status: 200,
    [Symbol.dispose]: () => void server.stop(true),
  }
  return receiver
}

interface Envelope {
  events: { id: string; action: string; target: { repository: string; tag?: string; digest?: string } }[]
}

/** The event of each of distribution's envelopes. */
export function readEnvelopes(received: readonly ReceivedEvent[]): Envelope["events"] {
  return received.flatMap(({ body }) => (JSON.parse(body) as Envelope).events)
}
