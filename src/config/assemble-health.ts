import type { HealthConfig } from "./config.ts"
import type { Settings } from "./schema.ts"

export function assembleHealth({ storagedriver, file, http, tcp }: Settings["health"]): HealthConfig {
  return {
    storage: storagedriver.enabled
      ? { intervalSeconds: storagedriver.interval, threshold: storagedriver.threshold }
      : undefined,
    files: file.map((each) => ({ path: each.file, intervalSeconds: each.interval })),
    urls: http.map(({ uri, headers, statuscode, timeout, interval, threshold }) => ({
      url: uri,
      headers,
      // Go's zero value: distribution's default stands for it.
      status: statuscode || 200,
      timeoutSeconds: timeout,
      intervalSeconds: interval,
      threshold,
    })),
    tcp: tcp.map(({ addr, timeout, interval, threshold }) => ({
      address: addr,
      timeoutSeconds: timeout,
      intervalSeconds: interval,
      threshold,
    })),
  }
}
