import { kills } from "./kills.ts"
import { protocol } from "./protocol/protocol.ts"
import { soak } from "./soak/soak.ts"
import { schedules } from "./schedules/schedules.ts"
import type { Technique } from "./technique.ts"

export const techniques: readonly Technique[] = [kills, soak, protocol, schedules]
