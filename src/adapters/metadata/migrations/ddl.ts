/** What the dialects write differently in a table's definition. */
export interface Ddl {
  /** Compares by bytes. */
  text: string
  /** 64 bits. */
  integer: string
  bytes: string
  identity: string
  /** Ends the definition of a table that is stored in the order of its primary key. */
  clustered: string
  /** Ends the definition of a table whose rows are large, or have no order. */
  heap: string
  /**
   * Tells the planner of each index, the primary key under the table's name: its rows, and how many of them have the first
   * column in common, the first two, and so on.
   */
  describeRows: (table: string, indexes: Record<string, number[]>) => string[]
}

/** Gives the statements that lead from the version before. One that has been released never changes. */
export type Migration = (ddl: Ddl) => string[]
