/**
 * A mark that outlives the process: clients were told of something that could not be put on record. It needs no room on the
 * disk, for that is when it is made.
 */
export interface Unrecorded {
  isNoted(): Promise<boolean>
  /** Durable when it resolves. May be repeated, as `forget`. */
  note(): Promise<void>
  forget(): Promise<void>
}
