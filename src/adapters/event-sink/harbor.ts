import type { EventAction, RegistryEvent } from "../../domain/event.ts"

const TYPES: Record<EventAction, string> = {
  push: "PUSH_ARTIFACT",
  pull: "PULL_ARTIFACT",
  delete: "DELETE_ARTIFACT",
  // Not told to Harbor's receivers: a mount is of a blob.
  mount: "PUSH_ARTIFACT",
}

/** The payload of Harbor's webhooks (goharbor `src/pkg/notifier/model`), for receivers that know that one. */
export function formatHarborEvent({ at, action, target, actor, request, source }: RegistryEvent): string {
  const { repository, digest, tag } = target
  const slash = repository.indexOf("/")
  const host = request.host === "" ? source.addr : request.host
  const resource = {
    ...(digest !== undefined && { digest }),
    // Harbor puts the digest there where an artifact has no tag.
    tag: tag ?? digest ?? "",
    resource_url: `${host}/${repository}${tag === undefined ? `@${digest ?? ""}` : `:${tag}`}`,
  }
  return JSON.stringify({
    type: TYPES[action],
    occur_at: Math.floor(at / 1000),
    operator: actor ?? "anonymous",
    event_data: {
      resources: [resource],
      repository: {
        name: repository.slice(slash + 1),
        namespace: slash < 0 ? "" : repository.slice(0, slash),
        repo_full_name: repository,
        repo_type: "private",
      },
    },
  })
}
