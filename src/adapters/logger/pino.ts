export { createLogger } from "./stderr.ts"
